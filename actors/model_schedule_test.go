package actors_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// step is one thing that a schedule may do, and its weight among all of them.
type step struct {
	weight int
	do     func(r *simRun, rng *rand.Rand)
}

var steps = []step{
	{30, (*simRun).newEvents},
	{6, (*simRun).newPassthrough},
	{4, (*simRun).newPoison},
	{4, (*simRun).noise},
	{3, (*simRun).floodResults},
	{3, (*simRun).floodEvents},
	{10, func(r *simRun, rng *rand.Rand) { r.connector.repeat(rng.IntN(1000), rng.IntN(3)) }},
	{3, (*simRun).interruptInbound},
	{20, (*simRun).newRequests},
	{8, (*simRun).dropConnection},
	{6, (*simRun).closeConnection},
	{4, (*simRun).failDials},
	{2, (*simRun).stall},
	{2, (*simRun).closeStalled},
	{1, (*simRun).goDeaf},
	{3, (*simRun).goIdle},
	{3, (*simRun).goDormant},
	{3, func(r *simRun, _ *rand.Rand) { r.wake() }},
	{2, func(r *simRun, _ *rand.Rand) { r.wakeOnTime() }},
	{2, func(r *simRun, _ *rand.Rand) { r.ledger.note("hold"); r.relay.HoldRedial() }},
	{2, func(r *simRun, _ *rand.Rand) { r.ledger.note("release"); r.relay.ReleaseRedial() }},
	{2, (*simRun).awaitHandshake},
	{1, func(r *simRun, _ *rand.Rand) { r.relay.Status(); r.relay.Descriptor("discord") }},
	{1, (*simRun).interruptOutbound},
}

// trouble does what the seed says, at the times that it says.
func (r *simRun) trouble() {
	rng := r.pick("schedule")
	total := 0
	for _, s := range steps {
		total += s.weight
	}
	revocation, ending := -1, -1
	count := 8 + rng.IntN(40)
	if rng.IntN(8) == 0 {
		revocation = rng.IntN(count)
	}
	if rng.IntN(8) == 0 {
		ending = rng.IntN(count)
	}
	for i := range count {
		r.pause(rng)
		switch i {
		case revocation:
			r.connector.revoke()
		case ending:
			r.closeRelay(rng)
		}
		choice := rng.IntN(total)
		for _, s := range steps {
			if choice -= s.weight; choice < 0 {
				s.do(r, rng)
				break
			}
		}
	}
	r.pause(rng)
}

func (r *simRun) pause(rng *rand.Rand) {
	switch mood := rng.IntN(100); {
	case mood < 40:
	case mood < 60:
		time.Sleep(r.drawSpan(rng, 50*time.Millisecond))
	case mood < 85:
		time.Sleep(r.drawSpan(rng, 2*time.Second))
	case mood < 98:
		time.Sleep(r.drawSpan(rng, 30*time.Second))
	default:
		time.Sleep(70 * time.Second)
	}
}

func (r *simRun) newItem(lane string) *simItem {
	r.items++
	return &simItem{name: fmt.Sprintf("m%d", r.items), lane: lane}
}

func (r *simRun) newEvents(rng *rand.Rand) {
	for range 1 + rng.IntN(4) {
		item := r.newItem(fmt.Sprintf("c%d", rng.IntN(3)))
		item.keyed = rng.IntN(5) > 0
		padding := 0
		if rng.IntN(10) == 0 {
			padding = rng.IntN(6000)
		}
		r.connector.happen(item, rng.IntN(10) < 7, padding)
	}
}

func (r *simRun) newPassthrough(rng *rand.Rand) {
	item := r.newItem(passthroughLane)
	buffered := rng.IntN(4) > 0
	item.keyed = buffered
	r.connector.happen(item, buffered, 0)
}

func (r *simRun) newPoison(rng *rand.Rand) {
	item := r.newItem(poisonLane)
	item.poison = true
	r.connector.happen(item, rng.IntN(2) == 0, 0)
}

// noise sends what a gateway must pass over without a word.
func (r *simRun) noise(rng *rand.Rand) {
	noises := []string{"{", "[]", "5", "null", `{"type":"news"}`, `{"type":7}`, "\xff", "",
		`{"type":"outbound_result","requestId":"nobody","result":{"success":true}}`, `{"type":"going_idle_ack"}`,
		`{"type":"hello","platform":"discord"}`, `{"type":"descriptor","descriptor":5}`, `{"type":"outbound_result"}`}
	noise := noises[rng.IntN(len(noises))]
	r.connector.mu.Lock()
	defer r.connector.mu.Unlock()
	if c := r.connector.conn; c != nil && c.open {
		c.send([]byte(noise + "\n"))
	}
}

func (r *simRun) interruptInbound(*rand.Rand) {
	r.connector.mu.Lock()
	defer r.connector.mu.Unlock()
	if c := r.connector.conn; c != nil && c.open {
		c.send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "agent:main:discord:dm:c0", ChatID: "c0"}))
	}
}

func (r *simRun) newRequests(rng *rand.Rand) {
	for range 1 + rng.IntN(4) {
		size, patience := rng.IntN(100), time.Duration(0)
		if rng.IntN(10) == 0 {
			size = rng.IntN(200_000)
		}
		if rng.IntN(3) == 0 {
			patience = 1 + r.drawSpan(rng, 10*time.Second)
		}
		ctx := context.Background()
		if rng.IntN(4) == 0 {
			ctx = r.left
		}
		r.newRequest(ctx, size, patience)
	}
	if rng.IntN(6) == 0 {
		r.ledger.note("callers leave")
		r.leave()
		r.left, r.leave = context.WithCancel(context.Background())
	}
}

func (r *simRun) newRequest(ctx context.Context, size int, patience time.Duration) {
	r.requests++
	name := fmt.Sprintf("r%d", r.requests)
	r.calls.Go(func() { _ = r.send(ctx, name, size, patience) })
}

func (r *simRun) wake() {
	r.ledger.note("wake")
	r.woken.Store(time.Now().UnixNano())
	r.relay.Wake()
}

// wakeOnTime wakes the relay at the very instant when it dials by itself.
func (r *simRun) wakeOnTime() {
	if wait := time.Until(r.relay.Status().NextDial); wait > 0 {
		time.Sleep(wait)
		r.wake()
	}
}

func (r *simRun) dropConnection(rng *rand.Rand) {
	if rng.IntN(2) == 0 {
		r.connector.end("drop", (*wiretest.Conn).Drop, rng.IntN(2) == 0)
		return
	}
	r.connector.end("reset", (*wiretest.Conn).Reset, rng.IntN(2) == 0)
}

func (r *simRun) closeConnection(rng *rand.Rand) {
	closes := []wire.CloseError{{Code: 1000}, {Code: 1000, Reason: "replaced"}, {Code: 1001}, {Code: 1008},
		{Code: 1011}, {Code: 1012},
		{Code: 1013}, {Code: 4000}, {Code: 4403}, {Code: 4401, Reason: "expired"}}
	c := closes[rng.IntN(len(closes))]
	if c.Code == wire.CloseUnauthorized && r.cfg.Strategy == "strict" {
		r.connector.mu.Lock()
		r.connector.condemn = true
		r.connector.mu.Unlock()
	}
	r.connector.end(c.Error(), func(w *wiretest.Conn) { _ = w.CloseWith(c.Code, c.Reason) }, true)
}

// failDials takes the connector away for a while.
func (r *simRun) failDials(rng *rand.Rand) {
	trouble := troubles[rng.IntN(len(troubles))]
	r.connector.answerDials(trouble.name, trouble.answer)
	r.connector.end("the connector restarts", (*wiretest.Conn).Drop, false)
	time.AfterFunc(r.drawSpan(rng, 40*time.Second), func() {
		r.connector.answerDials("accepted", wiretest.Accepted())
	})
}

// stall has the connector stop reading for a while.
func (r *simRun) stall(rng *rand.Rand) {
	span := r.drawSpan(rng, 20*time.Second)
	r.connector.end("nothing is read for a while", func(w *wiretest.Conn) {
		w.StallReads()
		time.AfterFunc(span, w.ResumeReads)
	}, false)
}

// closeStalled has the connector close a connection while a write of the relay is under way, and read what was written
// when the relay has left already.
func (r *simRun) closeStalled(rng *rand.Rand) {
	r.stall(rng)
	for range 1 + rng.IntN(3) {
		r.newRequest(context.Background(), rng.IntN(150_000), 0)
	}
	time.Sleep(r.drawSpan(rng, 10*time.Second))
	r.connector.end("close", func(w *wiretest.Conn) { _ = w.CloseWith(wire.CloseGoingAway, "") }, true)
}

// goDeaf has the connector answer no ping any more.
func (r *simRun) goDeaf(*rand.Rand) {
	s := r.connector
	s.mu.Lock()
	if s.conn != nil {
		s.conn.mute = true
	}
	s.mu.Unlock()
	s.end("no pongs from now on", (*wiretest.Conn).IgnorePings, false)
}

func (r *simRun) goIdle(rng *rand.Rand) {
	patience := 1 + r.drawSpan(rng, 12*time.Second)
	r.calls.Go(func() {
		acked := r.relay.GoIdle(context.Background(), patience)
		r.ledger.note("go idle: %v", acked)
	})
}

func (r *simRun) goDormant(rng *rand.Rand) {
	patience := r.drawSpan(rng, 12*time.Second)
	r.calls.Go(func() {
		begun := time.Now()
		asleep := r.relay.GoDormant(context.Background(), patience)
		r.ledger.note("go dormant: %v", asleep)
		if took := time.Since(begun); took > 12*time.Second {
			r.ledger.fault("going dormant took %v", took)
		}
	})
}

func (r *simRun) awaitHandshake(rng *rand.Rand) {
	patience := time.Duration(1 + rng.Int64N(int64(30*time.Second)))
	r.calls.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		descriptor, err := r.relay.Handshake(ctx)
		if (descriptor == nil) == (err == nil) {
			r.ledger.fault("the handshake gave %v and %v", descriptor, err)
		}
		var ended *actors.EndedError
		if err != nil && !errors.As(err, &ended) && !errors.Is(err, context.DeadlineExceeded) {
			r.ledger.fault("the handshake failed with %v", err)
		}
	})
}

func (r *simRun) interruptOutbound(*rand.Rand) {
	r.calls.Go(func() { _ = r.relay.Interrupt(context.Background(), "agent:main:discord:dm:c0", nil) })
}

// closeRelay closes the relay, or the whole engine, in the middle of everything.
func (r *simRun) closeRelay(rng *rand.Rand) {
	r.closed.Store(true)
	budget := []time.Duration{0, 0, 500 * time.Millisecond, 4 * time.Second, 9 * time.Second}[rng.IntN(5)]
	end := r.relay.Close
	if rng.IntN(2) == 0 {
		end = r.engine.Close
	}
	r.ledger.note("close within %v", budget)
	r.calls.Go(func() { r.close(end, budget) })
}

// close ends the relay or the engine and judges how long that takes.
func (r *simRun) close(end func(context.Context) error, budget time.Duration) {
	ctx := context.Background()
	most := 10 * time.Second // 5 s of draining, 1 s for the handlers, 2 s for the link, and what a handler takes
	if budget > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, budget)
		defer cancel()
		most = min(most, budget)
	}
	begun := time.Now()
	err := end(ctx)
	took := time.Since(begun)
	r.ledger.note("closed after %v: %v", took, err)
	if took > most {
		r.ledger.fault("closing took %v, more than %v", took, most)
	}
	switch running := r.ledger.handlers() + r.interrupting.Load(); {
	case err != nil && !errors.Is(err, actors.ErrCloseTimeout):
		r.ledger.fault("closing: %v", err)
	case err == nil && running != 0:
		r.ledger.fault("%d handlers run after the end", running)
	}
}
