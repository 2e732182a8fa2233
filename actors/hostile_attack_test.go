package actors_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hermod/actors"
	"hermod/messages"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// attack is a hostile connector at work on one relay, and the gateway behind that. The first connection is the
// attacker's; those that follow are served well.
type attack struct {
	*offence
	t      *testing.T
	srv    *wiretest.Server
	engine *actors.Engine
	relay  *actors.Relay
	queue  int // MaxQueuedBytes
	settle func()
	ctx    context.Context // nothing takes longer
	leave  context.CancelFunc
	meter  meter
	next   supply

	served atomic.Int32 // connections so far

	conn  *wiretest.Conn      // that the offence is committed on; nil before the upgrade
	conns chan *wiretest.Conn // those that come

	socket  net.Conn      // an upgrade that is not answered yet
	request *http.Request // what it asks for
	sockets chan net.Conn

	over    chan struct{}  // closed when stuck handlers may go on
	calls   sync.WaitGroup // requests under way
	handled chan string    // texts of events that say that the relay is alive
	ends    messages.State // the final state that the offence leads to, "" for none
}

// patience is more than any attack takes, in virtual time and over a socket.
const patience = 5 * time.Minute

// newAttack starts a relay that dials the attacker.
func newAttack(t *testing.T, o *offence, srv *wiretest.Server, queue int, settle func()) *attack {
	a := &attack{offence: o, t: t, srv: srv, queue: queue, settle: settle, conns: make(chan *wiretest.Conn, 16),
		sockets: make(chan net.Conn, 1), over: make(chan struct{}), handled: make(chan string, 1)}
	a.ctx, a.leave = context.WithTimeout(background, patience)
	srv.SetTimeout(patience)
	srv.Handle(a.serve)
	cfg := actors.Config{URL: srv.URL(), Dial: srv.Dial, Backoff: time.Millisecond,
		Identities: []wire.Identity{{Platform: "discord"}}, MaxFrame: maxFrame, MaxQueuedBytes: queue, MaxPendingBytes: maxFrame,
		Handlers: actors.Handlers{Inbound: a.inbound, Passthrough: a.passthrough, Interrupt: a.interrupt,
			DeadLetter: a.deadLetter}}
	if o.stage == atUpgrade {
		cfg.Dial = a.dial
	}
	if o.change != nil {
		o.change(&cfg)
	}
	var err error
	if a.engine, err = actors.New(actors.EngineConfig{}); err != nil {
		t.Fatal(err)
	}
	if a.relay, err = a.engine.Spawn("bot", cfg); err != nil {
		t.Fatal(err)
	}
	return a
}

// serve hands a connection over. It leaves the first one's hello without an answer if the attack begins there.
func (a *attack) serve(c *wiretest.Conn) {
	first := a.served.Add(1) == 1
	a.conns <- c
	if !first || a.stage != beforeHellos {
		wiretest.Serve(c)
	}
}

// dial gives the attacker the first connection without an answer to its upgrade.
func (a *attack) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if a.served.Add(1) > 1 {
		return a.srv.Dial(ctx, network, addr)
	}
	near, far := wiretest.Pipe(0)
	a.sockets <- far
	return near, nil
}

// meet waits for the connection that the offence is committed on.
func (a *attack) meet() {
	if a.stage == atUpgrade {
		a.socket = take(a, a.sockets)
		var err error
		if a.request, err = http.ReadRequest(bufio.NewReader(a.socket)); err != nil {
			a.t.Fatal(err)
		}
		return
	}
	a.conn = take(a, a.conns)
	if a.stage == beforeHellos {
		a.conn.Expect(wire.KindHello)
		return
	}
	a.shaken()
}

// take waits for what comes over a channel.
func take[T any](a *attack, from <-chan T) (value T) {
	a.t.Helper()
	select {
	case value = <-from:
	case <-a.ctx.Done():
		a.t.Fatal("nothing comes any more")
	}
	return value
}

func (a *attack) shaken() {
	if _, err := a.relay.Handshake(a.ctx); err != nil {
		a.t.Fatal(err)
	}
}

// write sends bytes as they are, and says whether the connection took them.
func (a *attack) write(b []byte) bool {
	if a.conn != nil {
		return a.conn.SendRaw(b) == nil
	}
	_, err := a.socket.Write(b)
	return err == nil
}

// samples is how often the heap is looked at in the middle of a flood.
const samples = 6

// pour sends the flood.
func (a *attack) pour() {
	size, sent, sampled := a.size(a.queue), 0, 0
	if !a.fills {
		size /= floodShare
	}
	for n := 0; sent < size; n++ {
		piece := a.next(n)
		if !a.write(piece) {
			return
		}
		if sent += len(piece); sent-sampled > size/samples && !a.isOver() {
			a.meter.sample()
			sampled = sent
		}
	}
}

// isOver says that stuck handlers go on: what is measured from then on is the garbage of their work.
func (a *attack) isOver() bool {
	select {
	case <-a.over:
		return true
	default:
		return false
	}
}

func (a *attack) floodThenDrop() {
	a.pour()
	a.conn.Drop()
}

func (a *attack) awaitEnd() { a.conn.AwaitEnd() }

// await waits until the relay is in a state.
func (a *attack) await(state messages.State) {
	ctx, cancel := context.WithCancel(a.ctx)
	defer cancel()
	for status := range a.relay.Watch(ctx) {
		if status.State == state {
			return
		}
	}
	a.t.Fatalf("the relay never was %s", state)
}

// hold is what every handler does: one of the stuck chat waits for the end of the attack.
func (a *attack) hold(ctx context.Context, chat string) {
	if strings.HasPrefix(chat, stuckChat) {
		select {
		case <-a.over:
		case <-ctx.Done():
		}
	}
}

const stillThere = "is anybody there?"

func (a *attack) inbound(ctx context.Context, d *actors.Inbound) error {
	a.hold(ctx, d.Event.Source.ChatID)
	if d.Event.Text == stillThere {
		a.handled <- d.BufferID
	}
	return nil
}

func (a *attack) passthrough(ctx context.Context, p *actors.Passthrough) error {
	a.hold(ctx, p.Forward.Path)
	return nil
}

func (a *attack) interrupt(ctx context.Context, i wire.InterruptInbound) { a.hold(ctx, i.SessionKey) }

func (a *attack) deadLetter(ctx context.Context, d *actors.DeadLetter) error {
	if strings.Contains(string(d.Raw), stuckChat) {
		a.hold(ctx, stuckChat)
	}
	return nil
}

// judge finds out whether the relay answered as it must, and lives on.
func (a *attack) judge() {
	if a.answer == goesOn {
		a.alive(a.conn)
		return
	}
	a.judgeEnd()
	if a.ends != "" {
		a.await(a.ends)
		if result, err := a.relay.Send(a.ctx, wire.NewTyping("c")); err == nil {
			a.t.Errorf("a relay that is %s sends: %+v", a.ends, result)
		}
		return
	}
	again := take(a, a.conns)
	a.shaken()
	a.alive(again)
}

func (a *attack) judgeEnd() {
	if a.socket != nil {
		_, _ = io.Copy(io.Discard, a.socket)
		return
	}
	code := 0
	if end := a.conn.AwaitEnd(); end != nil {
		code = end.Code
	}
	if code != int(a.answer) {
		a.t.Errorf("the relay closed with %d, want %d", code, a.answer)
	}
}

// alive has an event handled and a request answered.
func (a *attack) alive(conn *wiretest.Conn) {
	if err := conn.SendInbound(event("alive", "", stillThere), "b"); err != nil {
		a.t.Fatalf("the connection has ended: %v", err)
	}
	take(a, a.handled)
	if result, err := a.relay.Send(a.ctx, wire.NewTyping("c")); err != nil || !result.Success {
		a.t.Errorf("a request gave %+v, %v", result, err)
	}
}

// judgeStatus finds out whether the status tells of the offence.
func (a *attack) judgeStatus() {
	status := a.relay.Status()
	if !strings.Contains(status.LastError, a.shows) {
		a.t.Errorf("the last error is %q, want %q", status.LastError, a.shows)
	}
	if a.counts == "" {
		return
	}
	least := a.least
	if a.flood != nil {
		least /= floodShare
	}
	if value, known := counter(a.counts, status.Counters); !known || value < least {
		a.t.Errorf("%s is %d, want at least %d", a.counts, value, least)
	}
}

// end closes everything.
func (a *attack) end() {
	a.leave()
	if a.socket != nil {
		_ = a.socket.Close()
	}
	ctx, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	begun := time.Now()
	if err := a.engine.Close(ctx); err != nil {
		a.t.Errorf("close: %v after %v", err, time.Since(begun))
	}
	a.srv.Close()
}
