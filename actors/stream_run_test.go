package actors_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// streamMode says what is around the stream of an input.
type streamMode byte

const (
	streamOfLines  streamMode = 1 << iota // each line of the stream becomes a text message; else it is WebSocket frames
	streamOfShaken                        // the descriptors come before the stream
	streamUnread                          // the connector does not read what the relay sends
	streamLeft                            // the connector leaves at the end of the stream; else it stays for a while
)

// repeats is how often the stream is sent.
func (m streamMode) repeats() int { return 1 << (m >> 4 & 7) }

// streamRun is one stream. Whatever it is, each request ends once, every delivery is settled and acknowledged over this
// connection no more often than it came, little memory is held, the relay connects again unless its credential was
// revoked, and it closes in time. The bubble finds goroutines that are left, and what waits for ever.
type streamRun struct {
	t      *testing.T
	mode   streamMode
	cuts   []byte
	all    []byte // the stream, as often as it is sent
	srv    *wiretest.Server
	engine *actors.Engine
	relay  *actors.Relay
	conns  chan *wiretest.Conn
	calls  sync.WaitGroup
}

func newStreamRun(t *testing.T, engine actors.EngineConfig, stream, cuts []byte, mode streamMode) *streamRun {
	r := &streamRun{t: t, mode: mode, cuts: cuts, srv: wiretest.New(t), conns: make(chan *wiretest.Conn, 100)}
	if mode&streamOfLines != 0 {
		var messages []byte
		for line := range bytes.Lines(stream) {
			messages = append(messages, text(string(line))...)
		}
		stream = messages
	}
	r.all = bytes.Repeat(stream, min(mode.repeats(), max(1, 1<<20/max(1, len(stream)))))
	r.srv.SetTimeout(time.Hour)
	r.srv.Handle(func(c *wiretest.Conn) {
		r.conns <- c
		if len(r.conns) > 1 {
			wiretest.Serve(c)
		}
	})
	var err error
	if r.engine, err = actors.New(engine); err != nil {
		t.Fatal(err)
	}
	r.relay, err = r.engine.Spawn("bot", actors.Config{URL: r.srv.URL(), Dial: r.srv.Dial, MaxFrame: maxFrame,
		Identities: []wire.Identity{{Platform: "discord"}, {Platform: "slack"}},
		MaxQueued:  50, MaxQueuedBytes: 64 << 10, MaxPending: 8, MaxPendingBytes: maxFrame, MaxHandlers: 4, Tries: 2,
		DedupeKeys: 16, Handlers: actors.Handlers{Inbound: r.inbound, Passthrough: r.passthrough, Interrupt: r.interrupt}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// inbound does what the event's text says.
func (r *streamRun) inbound(ctx context.Context, d *actors.Inbound) error {
	switch {
	case strings.Contains(d.Event.Text, "fail"):
		return errors.New("the text says so")
	case strings.Contains(d.Event.Text, "slow"):
		time.Sleep(200 * time.Millisecond)
	case strings.Contains(d.Event.Text, "send"):
		_, _ = d.Relay.Send(ctx, wire.NewSend("c", "re"))
	case strings.Contains(d.Event.Text, "wait"):
		_, _ = d.Relay.Handshake(ctx)
	default:
		d.Release()
	}
	return nil
}

func (r *streamRun) passthrough(_ context.Context, p *actors.Passthrough) error {
	if strings.Contains(p.Forward.Path, "fail") {
		return errors.New("the path says so")
	}
	return nil
}

func (r *streamRun) interrupt(_ context.Context, i wire.InterruptInbound) {
	if strings.Contains(i.SessionKey, "slow") {
		time.Sleep(200 * time.Millisecond)
	}
}

// play sends the stream and judges what follows.
func (r *streamRun) play() {
	objects := heapObjects()
	conn := <-r.conns
	r.conns <- nil // every other one is served
	if r.mode&streamOfShaken != 0 {
		conn.Handshake(wiretest.Descriptor("discord"), wiretest.Descriptor("slack"))
		if _, err := r.relay.Handshake(context.Background()); err != nil {
			r.t.Fatal(err)
		}
		r.begin(conn)
	}
	if r.mode&streamUnread != 0 {
		conn.StallReads()
	}
	r.sendAll(conn)
	if r.mode&streamLeft == 0 {
		time.Sleep(40 * time.Second)
	}
	r.judgeMemory(objects)
	conn.Drop()
	r.judgeRelay()
	r.calls.Wait()
	r.judgeAcks(conn)
	begun := time.Now()
	if err := r.engine.Close(context.Background()); err != nil || time.Since(begun) > 10*time.Second {
		r.t.Errorf("closed after %v: %v", time.Since(begun), err)
	}
	if c := r.relay.Status().Counters; c.Requests != c.Resolved {
		r.t.Errorf("%d requests, but %d resolved", c.Requests, c.Resolved)
	}
	r.srv.Close()
	time.Sleep(2 * time.Millisecond) // the framework's own goroutine after a dead letter
}

// A stream names the first two requests by these ids.
var requestNames = []string{strings.Repeat("R", 32), strings.Repeat("S", 32)}

// begin has two requests wait for results, and the stream know their ids.
func (r *streamRun) begin(conn *wiretest.Conn) {
	for _, name := range requestNames {
		r.calls.Go(func() {
			result, err := r.relay.Send(context.Background(), wire.NewSend("c", name))
			if err != nil && (result.Success || result.Error == "") {
				r.t.Errorf("the request failed with %v, but its result says %+v", err, result)
			}
		})
		out, err := wire.DecodeOutbound(conn.Await(wire.KindOutbound))
		if err != nil {
			r.t.Fatal(err)
		}
		r.all = bytes.ReplaceAll(r.all, []byte(name), []byte(out.RequestID))
	}
}

// sendAll sends the stream in the pieces that the cuts say: the lower six bits of each are a piece's size, its upper
// two the pause behind it.
func (r *streamRun) sendAll(conn *wiretest.Conn) {
	left := r.all
	for _, cut := range r.cuts {
		n := min(len(left), 1+int(cut&63))
		if conn.SendRaw(left[:n]) != nil {
			return
		}
		left = left[n:]
		time.Sleep([]time.Duration{0, 1, 100 * time.Millisecond, 20 * time.Second}[cut>>6])
	}
	sent := make(chan struct{})
	go func() { // it may have to wait until a handler takes something
		defer close(sent)
		_ = conn.SendRaw(left)
	}()
	select {
	case <-sent:
	case <-time.After(5 * time.Minute):
		r.t.Error("the relay reads no more")
		conn.Drop()
		<-sent
	}
}

// judgeMemory looks closer only when much was allocated.
func (r *streamRun) judgeMemory(before uint64) {
	const most = 24 << 20
	synctest.Wait()
	if heapObjects() < before+most {
		return
	}
	runtime.GC()
	if held := int64(heapObjects()) - int64(before); held > most {
		r.t.Errorf("%d MiB are held", held>>20)
	}
}

// heapObjects returns the bytes of objects, whether live or not swept yet.
func heapObjects() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// judgeRelay finds out whether the relay is at work again, now that the connector behaves.
func (r *streamRun) judgeRelay() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	for done := false; !done; time.Sleep(time.Second) {
		if _, err := r.relay.Handshake(ctx); err != nil {
			s := r.relay.Status()
			if s.State != actors.Disabled || !bytes.Contains(r.all, []byte{0x11, 0x31}) {
				r.t.Fatalf("the relay is %s: %v", s.State, err)
			}
			return
		}
		_, err := r.relay.Send(ctx, wire.NewTyping("c"))
		done = err == nil // it may not have noticed the end so far
	}
	for range 3 * 60 { // minutes, for the slowest handlers
		if r.relay.Status().Queued == 0 {
			break
		}
		time.Sleep(time.Minute)
	}
	if s := r.relay.Status(); s.Pending != 0 || s.Queued != 0 || s.QueuedBytes != 0 || s.State != actors.Ready {
		r.t.Errorf("the relay is %s, %d requests are pending, %d deliveries of %d bytes queued", s.State, s.Pending, s.Queued,
			s.QueuedBytes)
	}
}

// judgeAcks compares the acknowledgements over a connection with what came over it. No other connection brought any.
func (r *streamRun) judgeAcks(conn *wiretest.Conn) {
	came := make(map[string]int)
	for line := range bytes.Lines(payloads(r.all)) {
		if id := bufferIDIn(line); id != "" {
			came[id]++
		}
	}
	for _, line := range conn.Received() {
		if kind, _ := wire.Classify(line); kind != wire.KindInboundAck {
			continue
		}
		id, err := wire.DecodeInboundAck(line)
		if came[id]--; err != nil || came[id] < 0 {
			r.t.Errorf("%.100q was acknowledged more often than it came (%v)", id, err)
		}
	}
	close(r.conns)
	for other := range r.conns {
		if other == nil {
			continue
		}
		for _, line := range other.Received() {
			if kind, _ := wire.Classify(line); kind == wire.KindInboundAck {
				r.t.Errorf("acknowledged over another connection: %.100s", line)
			}
		}
	}
}

// payloads joins the payloads of all data frames in a stream, at least as far as a relay reads them.
func payloads(stream []byte) (all []byte) {
	for in := bytes.NewReader(stream); ; {
		header, err := ws.ReadHeader(in)
		if err != nil {
			return all
		}
		payload := make([]byte, min(header.Length, int64(in.Len())))
		_, _ = io.ReadFull(in, payload)
		if !header.OpCode.IsControl() {
			all = append(all, payload...)
		}
	}
}

func bufferIDIn(line []byte) (id string) {
	line = bytes.TrimRight(line, "\r\n")
	decoder := wire.Decoder{}
	switch kind, _ := wire.Classify(line); kind {
	case wire.KindInbound:
		id, _ = new(wire.EventReader).Inbound(&decoder, line, new(wire.Event))
	case wire.KindPassthroughForward:
		if p, _ := decoder.Passthrough(line); p != nil {
			id = p.BufferID
		}
	}
	return id
}
