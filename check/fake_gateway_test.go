package check

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
	"hermod/wire/wiretest"
)

// fakeGateway is a gateway that is right, but for one fault. It answers every event with a send.
type fakeGateway struct {
	fault string
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
	ctx   context.Context
	work  sync.WaitGroup

	tries int
	token string // the last dial's
	known map[string]bool
	// cancel ends it.
	cancel context.CancelFunc
	// blocked is until when a lost request holds up everything, in Unix nanoseconds.
	blocked atomic.Int64
	// sleeps asks the session to go idle, and stops to end.
	sleeps, stops chan struct{}
	wakes         *wiretest.Listener
}

type fakeLink struct {
	*fakeSocket
	gateway *fakeGateway
	ended   chan struct{}
	idle    atomic.Bool // between going_idle and its answer

	taken bool                     // it has its descriptor
	lanes map[string]chan struct{} // closed when the last event of a chat is handled

	mu      sync.Mutex
	waiting map[string]chan struct{} // requests without a result
	count   int
}

func startFakeGateway(t *testing.T, listener *wiretest.Listener, fault string) *fakeGateway {
	ctx, cancel := context.WithCancel(context.Background())
	g := &fakeGateway{fault: fault, dial: listener.Dial, ctx: ctx, cancel: cancel, known: map[string]bool{},
		sleeps: make(chan struct{}),
		stops:  make(chan struct{}), wakes: wiretest.NewListener()}
	server := g.serveWakes()
	g.work.Go(func() { g.boot(); g.run() })
	t.Cleanup(func() { cancel(); _ = server.Close(); g.work.Wait() })
	return g
}

// fallAsleep has the session say going_idle, and end has it close.
func (g *fakeGateway) fallAsleep(ctx context.Context) error { return g.ask(ctx, g.sleeps) }
func (g *fakeGateway) end(ctx context.Context) error        { return g.ask(ctx, g.stops) }

func (g *fakeGateway) ask(ctx context.Context, what chan struct{}) error {
	select {
	case what <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *fakeGateway) sleep(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-g.ctx.Done():
		return false
	}
}

// run dials with growing delays, which begin anew after a minute.
func (g *fakeGateway) run() {
	if g.fault == "never dials" {
		return
	}
	for g.ctx.Err() == nil {
		began := time.Now()
		code, reason, own, err := g.session()
		if own && g.ctx.Err() != nil {
			return
		}
		if time.Since(began) > time.Minute {
			g.tries = 0
		}
		delay, again := g.judge(code, reason, own, err)
		if !again || !g.sleep(delay) {
			return
		}
	}
}

func (g *fakeGateway) judge(code int, reason string, own bool, err error) (delay time.Duration, again bool) {
	var refused ws.StatusError
	name := map[int]string{1000: "1000", 1001: "1001", 1008: "1008", 1011: "1011", 1012: "1012", 1013: "1013",
		4000: "4000", 4403: "4403"}[code]
	replaced := name == "1000" && strings.HasPrefix(reason, "replaced")
	if replaced {
		name = "1000 replaced"
	}
	switch {
	case errors.As(err, &refused) && g.fault == fmt.Sprint("gives up after HTTP ", int(refused)),
		code == 0 && !own && err == nil && g.fault == "gives up after a drop",
		name != "" && g.fault == "gives up after "+name,
		code == wire.CloseUnauthorized && g.fault == "gives up after expired":
		return 0, false
	case name != "" && g.fault == "dials at once after "+name, code == wire.CloseUnauthorized && g.fault == "dials on after unauthorized":
		return 10 * time.Millisecond, true
	case g.fault == "has a constant delay":
		return time.Second, true
	}
	g.tries++
	if replaced || slices.Contains([]int{wire.ClosePolicy, wire.CloseTryLater, wire.CloseReplaced}, code) {
		g.tries = max(g.tries, 3)
	}
	return min(time.Second<<(g.tries-1), 16*time.Second), true
}

func (g *fakeGateway) authorization() string {
	secret, ttl := fakeSecret, wire.TokenTTL
	switch {
	case g.fault == "signs with another secret":
		secret = "another"
	case g.fault == "mints tokens for an hour":
		ttl = time.Hour
	case g.fault == "keeps its first token" && g.token != "":
		return g.token
	}
	g.token = "Bearer " + wire.MintToken("g:1", secret, ttl, time.Now())
	if g.fault == "signs in upper case" {
		raw, _ := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(g.token, "Bearer "))
		at := bytes.LastIndexByte(raw, ':')
		g.token = "Bearer " + base64.RawURLEncoding.EncodeToString(append(raw[:at:at], bytes.ToUpper(raw[at:])...))
	}
	return g.token
}

// session is one connection: the code of the connector's close frame, and whether the end was the gateway's own.
func (g *fakeGateway) session() (code int, reason string, own bool, err error) {
	url := "ws://memory/relay"
	if g.fault == "dials the root" {
		url = "ws://memory/"
	}
	header := http.Header{"Authorization": {g.authorization()}}
	wire.Abilities{MaxMessage: 2 << 20, AcksPassthrough: true}.Show(header.Set)
	if g.fault == "shows acks of an unknown type" {
		header.Set(wire.AcksHeader, "inbound, passthrough")
	}
	dialer := ws.Dialer{NetDial: g.dial, Header: ws.HandshakeHeaderHTTP(header)}
	conn, br, _, err := dialer.Dial(g.ctx, url)
	if err != nil {
		return 0, "", false, err
	}
	l := &fakeLink{lanes: map[string]chan struct{}{},
		fakeSocket: newFakeSocket(conn, br, true, g.fault), gateway: g, ended: make(chan struct{}),
		waiting: map[string]chan struct{}{}}
	l.handle = l.take
	stop := context.AfterFunc(g.ctx, func() { _ = conn.Close() })
	defer stop()
	if g.fault == "speaks before its hello" {
		l.say(wire.AppendInboundAck(nil, "0"))
	}
	hello := wire.AppendHello(nil, wire.Hello{Platform: "telegram", BotID: "b1"})
	if g.fault == "says hello with a botId of null" {
		hello = []byte(`{"type":"hello","platform":"telegram","botId":null}` + "\n")
	}
	l.say(hello)
	manifest := wire.AppendHello(nil, wire.Hello{Platform: "discord", BotID: "b2",
		Commands: []wire.Command{{Name: "new", Description: "start over"}}})
	if g.fault == "has commands without a description" {
		manifest = bytes.Replace(manifest, []byte("description"), []byte("about"), 1)
	}
	l.say(manifest)
	if g.fault == "dials twice" && g.tries == 0 {
		g.work.Go(func() { g.dialAgain(header) })
	}
	g.work.Go(l.keepalive)
	l.run()
	close(l.ended)
	return l.code, l.reason, l.closing.Load() && l.code == 0, nil
}

// dialAgain holds another connection, soon after the one that serves.
func (g *fakeGateway) dialAgain(header http.Header) {
	if !g.sleep(200 * time.Millisecond) {
		return
	}
	dialer := ws.Dialer{NetDial: g.dial, Header: ws.HandshakeHeaderHTTP(header)}
	conn, _, _, err := dialer.Dial(g.ctx, "ws://memory/relay")
	if err != nil {
		return
	}
	stop := context.AfterFunc(g.ctx, func() { _ = conn.Close() })
	defer stop()
	_, _ = io.Copy(io.Discard, conn)
	_ = conn.Close()
}

// keepalive pings every 30 s, and gives up after a minute without a pong.
func (l *fakeLink) keepalive() {
	last, silent := int64(0), 0
	next := time.After(30 * time.Second)
	for {
		select {
		case <-next:
			next = time.After(30 * time.Second)
		case <-l.gateway.stops:
			l.stop()
			return
		case <-l.gateway.sleeps:
			l.idle.Store(true)
			l.say(wire.AppendGoingIdle(nil))
			l.gateway.work.Go(l.giveUpSleep)
			continue
		case <-l.ended:
			return
		}
		if silent++; l.pongs.Load() > last {
			silent = 0
		}
		last = l.pongs.Load()
		if silent >= 2 && l.fault != "keeps a silent connection" && l.fault != "never pings" {
			l.closing.Store(true)
			_ = l.conn.Close()
			return
		}
		if l.fault != "never pings" {
			l.write(ws.OpPing, nil)
		}
	}
}

// giveUpSleep stays awake if going_idle is not answered.
func (l *fakeLink) giveUpSleep() {
	select {
	case <-time.After(10 * time.Second):
	case <-l.ended:
		return
	case <-l.gateway.ctx.Done():
		return
	}
	if l.idle.Swap(false) && l.fault == "leaves without going_idle_ack" {
		l.closing.Store(true)
		_ = l.conn.Close()
	}
}

func (l *fakeLink) stop() {
	if l.fault != "drops the connection at its end" {
		l.close(wire.CloseNormal, "")
	}
	l.gateway.cancel() // ends the connection, too
}

// greeted judges a descriptor, and reports whether the link is one that serves.
func (l *fakeLink) greeted(f frame) bool {
	d, ok := f.object("descriptor")
	platform, _ := d.text("platform")
	good := ok && d.has("markdown_dialect") &&
		(string(d.members["max_message_length"]) != "null" || l.fault != "refuses a length of null")
	switch {
	case !good && l.taken:
		l.dead = l.dead || l.fault == "stops at a later descriptor that is none"
	case !good && l.fault == "falls silent at a bad descriptor":
		l.dead = true
	case !good, l.taken && platform == "relay" && l.fault == "wants another platform in each descriptor":
		l.close(wire.CloseProtocol, "")
	default:
		l.taken = true
	}
	return l.taken
}

func (l *fakeLink) take(f frame) {
	if f.kind == "descriptor" {
		l.greeted(f)
		return
	}
	if !l.taken && l.fault == "falls silent without a descriptor" {
		return
	}
	if l.idle.Load() && l.fault == "is deaf once it goes idle" {
		return
	}
	switch f.kind {
	case "going_idle_ack":
		if l.idle.CompareAndSwap(true, false) {
			l.close(wire.CloseNormal, "")
		}
	case "inbound", "passthrough_forward":
		l.deliver(f)
	case "outbound_result":
		id, _ := f.text("requestId")
		l.mu.Lock()
		done := l.waiting[id]
		_, object := f.object("result")
		if done != nil && !object && l.fault == "ignores a result that is no object" {
			l.mu.Unlock()
			return
		}
		delete(l.waiting, id)
		l.mu.Unlock()
		if done != nil {
			close(done)
		} else if strings.Trim(id, "0") == "" && len(id) == 32 {
			l.dead = l.dead || l.fault == "stops at a late result"
		}
	case "interrupt_inbound":
		if l.fault == "acknowledges interrupts" {
			l.say(wire.AppendInboundAck(nil, "interrupt"))
		}
	case "hello", "outbound", "going_idle", "inbound_ack":
		l.dead = l.dead || l.fault == "stops at a frame of the wrong direction"
	}
}
