package actors_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// diary notes when each relay dialled.
type diary struct {
	mu    sync.Mutex
	dials [][]time.Time
}

func (d *diary) dial(i int, srv *wiretest.Server) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		d.mu.Lock()
		d.dials[i] = append(d.dials[i], time.Now())
		d.mu.Unlock()
		return srv.Dial(ctx, network, addr)
	}
}

// wantSpread fails unless the first dials after the end are spread evenly over the upper half of the first rung.
func (d *diary) wantSpread(t *testing.T, end time.Time) {
	t.Helper()
	const bins = 5
	var count [bins]int
	for i, own := range d.dials {
		wait := own[0].Sub(end)
		if wait < time.Second/2 || wait > time.Second+goodbyeSlack {
			t.Errorf("relay %d dialled after %v", i, wait)
			continue
		}
		count[min(bins-1, int((wait-time.Second/2)*bins*2/time.Second))]++
	}
	for _, n := range count {
		if even := len(d.dials) / bins; n < even/2 || n > even*3/2 { // five standard deviations
			t.Errorf("the first dials are spread as %v", count)
			return
		}
	}
}

// wantLadders fails if a relay dialled off the ladder, from that rung on; each of its connections lived so long.
func (d *diary) wantLadders(t *testing.T, lived time.Duration, from int) {
	t.Helper()
	for _, own := range d.dials {
		var gaps []time.Duration
		for i := 1; i < len(own); i++ {
			gaps = append(gaps, own[i].Sub(own[i-1])-lived)
		}
		ladder := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second,
			30 * time.Second}[from-1:]
		if len(gaps) > len(ladder) {
			t.Errorf("a relay dialled %d times", len(own))
			continue
		}
		wantLadder(t, gaps, ladder[:len(gaps)]...)
	}
}

func TestAStormStaysOnTheLadderWhateverTheConnectorAnswers(t *testing.T) {
	const relays, trouble, life = 250, 12 * time.Second, 200 * time.Millisecond
	for name, c := range map[string]struct {
		answer func(*wiretest.Conn)
		lived  time.Duration
		rung   int // of the second dial
	}{
		"it drops what comes": {answer: (*wiretest.Conn).Drop, rung: 2},
		"it answers 1013":     {answer: func(c *wiretest.Conn) { _ = c.CloseWith(wire.CloseTryLater, "later") }, rung: 3},
		"it flaps behind the handshake": {answer: func(c *wiretest.Conn) { c.Handshake(); time.Sleep(life); c.Drop() },
			lived: life, rung: 2},
	} {
		t.Run(name, func(t *testing.T) {
			inStorm(t, relays, func(w *world) {
				var troubled atomic.Bool
				var first sync.Map
				w.srv.Handle(func(conn *wiretest.Conn) {
					if troubled.Load() {
						c.answer(conn)
						return
					}
					first.Store(conn, true)
					wiretest.Serve(conn)
				})
				d := &diary{dials: make([][]time.Time, relays)}
				var all []*actors.Relay
				for i := range relays {
					all = append(all, w.dialing(fmt.Sprint("bot-", i), w.srv.URL(), d.dial(i, w.srv)))
				}
				synctest.Wait()
				clear(d.dials)
				troubled.Store(true)
				end := time.Now()
				first.Range(func(conn, _ any) bool { conn.(*wiretest.Conn).Drop(); return true })
				time.Sleep(trouble)
				troubled.Store(false)
				time.Sleep(40 * time.Second)
				for _, relay := range all {
					if s := relay.Status(); s.State != actors.Ready {
						t.Fatalf("a relay is %v after the storm", s.State)
					}
				}
				d.wantSpread(t, end)
				d.wantLadders(t, c.lived, c.rung)
			})
		})
	}
}

// Relays that were never connected are refused while their gateways are not provisioned yet: that ends none of them.
func TestAStormBeforeProvisioningEndsNoRelayAndStaysOnTheLadder(t *testing.T) {
	const relays = 250
	inStorm(t, relays, func(w *world) {
		var provisioned atomic.Bool
		w.srv.Handle(func(conn *wiretest.Conn) {
			if provisioned.Load() {
				wiretest.Serve(conn)
				return
			}
			_ = conn.CloseWith(wire.CloseUnauthorized, "unauthorized")
		})
		d := &diary{dials: make([][]time.Time, relays)}
		begin := time.Now()
		var all []*actors.Relay
		for i := range relays {
			all = append(all, w.dialing(fmt.Sprint("bot-", i), w.srv.URL(), d.dial(i, w.srv)))
		}
		time.Sleep(12 * time.Second)
		provisioned.Store(true)
		time.Sleep(40 * time.Second)
		for _, relay := range all {
			if s := relay.Status(); s.State != actors.Ready {
				t.Fatalf("a relay is %v once it is provisioned", s.State)
			}
		}
		for i := range d.dials {
			d.dials[i] = d.dials[i][1:]
		}
		d.wantSpread(t, begin)
		d.wantLadders(t, 0, 2)
	})
}
