package check

import (
	"bytes"
	"context"
	"errors"
	"net"
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
	// blocked is until when a lost request holds up everything, in Unix nanoseconds.
	blocked atomic.Int64
	// sleeps asks the session to go idle.
	sleeps chan struct{}
}

type fakeLink struct {
	*fakeSocket
	gateway *fakeGateway
	ended   chan struct{}
	idle    atomic.Bool // between going_idle and its answer

	mu      sync.Mutex
	waiting map[string]chan struct{} // requests without a result
	count   int
}

func startFakeGateway(t *testing.T, listener *wiretest.Listener, fault string) *fakeGateway {
	ctx, cancel := context.WithCancel(context.Background())
	g := &fakeGateway{fault: fault, dial: listener.Dial, ctx: ctx, known: map[string]bool{}, sleeps: make(chan struct{})}
	g.work.Go(g.run)
	t.Cleanup(func() { cancel(); g.work.Wait() })
	return g
}

// fallAsleep has the session say going_idle.
func (g *fakeGateway) fallAsleep(ctx context.Context) error {
	select {
	case g.sleeps <- struct{}{}:
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
		code, own, err := g.session()
		if time.Since(began) > time.Minute {
			g.tries = 0
		}
		delay, again := g.judge(code, own, err)
		if !again || !g.sleep(delay) {
			return
		}
	}
}

func (g *fakeGateway) judge(code int, own bool, err error) (delay time.Duration, again bool) {
	var refused ws.StatusError
	name := map[int]string{1000: "1000", 1001: "1001", 1008: "1008", 1011: "1011", 1012: "1012", 1013: "1013",
		4000: "4000", 4403: "4403"}[code]
	switch {
	case errors.As(err, &refused) && g.fault == "gives up after HTTP 503",
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
	if slices.Contains([]int{wire.ClosePolicy, wire.CloseTryLater, wire.CloseReplaced}, code) {
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
	return g.token
}

// session is one connection: the code of the connector's close frame, and whether the end was the gateway's own.
func (g *fakeGateway) session() (code int, own bool, err error) {
	url := "ws://memory/relay"
	if g.fault == "dials the root" {
		url = "ws://memory/"
	}
	dialer := ws.Dialer{NetDial: g.dial, Header: ws.HandshakeHeaderHTTP{"Authorization": {g.authorization()}}}
	conn, br, _, err := dialer.Dial(g.ctx, url)
	if err != nil {
		return 0, false, err
	}
	l := &fakeLink{fakeSocket: newFakeSocket(conn, br, true, g.fault), gateway: g, ended: make(chan struct{}),
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
	g.work.Go(l.keepalive)
	l.run()
	close(l.ended)
	return l.code, l.closing.Load() && l.code == 0, nil
}

// keepalive pings every 30 s, and gives up after a minute without a pong.
func (l *fakeLink) keepalive() {
	last, silent := int64(0), 0
	for {
		select {
		case <-time.After(30 * time.Second):
		case <-l.gateway.sleeps:
			l.idle.Store(true)
			l.say(wire.AppendGoingIdle(nil))
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

func (l *fakeLink) take(f frame) {
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

// deliver handles an event on a goroutine of its own.
func (l *fakeLink) deliver(f frame) {
	id := f.bufferID()
	event, ok := f.object("event")
	raw := f.members["bufferId"]
	l.count++
	number := len(raw) > 0 && raw[0] != '"' && string(raw) != "null"
	message, _ := event.text("message_id")
	seen := l.gateway.known[message]
	l.gateway.known[message] = message != ""
	dropped := f.kind == "inbound" && !ok && l.fault == "does not give up undecodable events" ||
		f.kind == "passthrough_forward" && l.fault == "never acknowledges a passthrough" ||
		number && l.fault == "does not acknowledge numbers" ||
		seen && l.fault == "drops copies" && strings.HasSuffix(id, "-copy") ||
		seen && l.fault == "drops what comes again" && !strings.HasSuffix(id, "-copy") ||
		l.count > 150 && l.count < 170 && l.fault == "loses some of many"
	if dropped || l.fault == "never acknowledges" {
		return
	}
	source, _ := event.object("source")
	chat, _ := source.text("chat_id")
	if chat == "" || seen {
		l.ack(id)
		return
	}
	l.gateway.work.Go(func() {
		for l.mustWait() && l.gateway.sleep(time.Second) {
		}
		l.answer(id, chat)
	})
}

// mustWait says that a request in flight holds up what comes behind it.
func (l *fakeLink) mustWait() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fault == "serves one chat at a time" && len(l.waiting) > 0 || time.Now().UnixNano() < l.gateway.blocked.Load()
}

func (l *fakeLink) ack(id string) {
	if id == "" {
		if l.fault == "acknowledges live events" {
			l.say(wire.AppendInboundAck(nil, ""))
		}
		return
	}
	if l.fault == "sends two lines in a message" {
		l.write(ws.OpText, append(wire.AppendInboundAck(nil, id), []byte("{\"type\":\"x\"}\n")...))
		return
	}
	l.say(wire.AppendInboundAck(nil, id))
	if l.fault == "acknowledges twice" {
		l.say(wire.AppendInboundAck(nil, id))
	}
}

// answer sends, waits for the result, and acknowledges.
func (l *fakeLink) answer(id, chat string) {
	request := wire.NewRequestID()
	if l.fault == "has request ids in upper case" {
		request = strings.ToUpper(request)
	}
	done := make(chan struct{})
	l.mu.Lock()
	l.waiting[request] = done
	l.mu.Unlock()
	line := wire.AppendOutbound(nil, request, wire.NewSend(chat, "you said so"), "", "")
	switch l.fault {
	case "sends actions without an op":
		line = bytes.Replace(line, []byte(`"op"`), []byte(`"kind"`), 1)
	case "sends a platform of null":
		line = append(bytes.TrimSuffix(line, []byte("}\n")), []byte(`,"platform":null}`+"\n")...)
	}
	l.say(line)
	select {
	case <-done:
	case <-l.ended:
		if l.fault == "waits for requests of a lost connection" {
			l.gateway.blocked.Store(time.Now().Add(40 * time.Second).UnixNano())
		}
		return
	case <-l.gateway.ctx.Done():
		return
	}
	if l.fault == "is deaf while a handler waits" && !l.gateway.sleep(30*time.Second) {
		return
	}
	l.ack(id)
}
