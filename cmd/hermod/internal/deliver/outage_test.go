package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cmd/hermod/internal/fleet"
)

// deadReceiver is many bots at a receiver that nobody reaches before it is mended.
type deadReceiver struct {
	*crowd
	dials  atomic.Int64
	mended atomic.Bool
	taken  sync.WaitGroup
}

// withDeadReceiver has so many bots, at URLs of their own, deliver an event of each of so many chats.
func withDeadReceiver(t *testing.T, bots, chats int, test func(*deadReceiver)) {
	t.Helper()
	d := new(deadReceiver)
	withCrowd(t, func(http.ResponseWriter, *http.Request) {}, func(c *crowd) {
		d.crowd = c
		dial := c.dial
		c.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			d.dials.Add(1)
			if !d.mended.Load() {
				return nil, errors.New("connection refused")
			}
			return dial(ctx, network, address)
		}
		for b := range bots {
			bot := c.bot("dead", fmt.Sprint("/", b), 30*time.Second, 24*time.Hour)
			for chat := range chats {
				d.taken.Go(func() { must(t, bot.Inbound(background, inbound(t, fmt.Sprint(chat), "7", 1))) })
			}
		}
		test(d)
	})
}

func TestADeadReceiverGetsProbesOnlyHoweverManyBotsPostToIt(t *testing.T) {
	withDeadReceiver(t, 200, 10, func(d *deadReceiver) {
		time.Sleep(10 * time.Minute)
		before := d.dials.Load()
		time.Sleep(10 * time.Minute)
		if n := d.dials.Load() - before; n < 10 || n > 20 {
			t.Errorf("%d dials in ten minutes", n)
		}
		d.mended.Store(true)
		mended := time.Now()
		d.taken.Wait()
		if took := time.Since(mended); took > probeBackoff.Max {
			t.Errorf("all is delivered %v after the receiver works again", took)
		}
	})
}

func TestTheFirstFailuresOfADeadReceiverAreNoMoreThanOpenTheCircuit(t *testing.T) {
	withDeadReceiver(t, 20, 10, func(d *deadReceiver) {
		synctest.Wait()
		if n := d.dials.Load(); n > openAfter+fewPosts/receiverShare { // those that were under way
			t.Errorf("%d dials at once", n)
		}
		d.mended.Store(true)
		d.taken.Wait()
	})
}

// states are those that the fleet was told of, one after the other.
func (r *receiver) states() (states []fleet.DeliveryState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.told {
		if len(states) == 0 || states[len(states)-1] != h.State {
			states = append(states, h.State)
		}
	}
	return states
}

func TestABotSaysHowItsReceiverFailsAndThatItWorksAgain(t *testing.T) {
	var down atomic.Bool
	answer := func(_ int, w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusBadGateway)
		}
	}
	withReceiver(t, answer, func(r *receiver) {
		must(t, r.Inbound(background, inbound(t, "m0", "0", 1)))
		if len(r.told) != 0 || r.Health() != (fleet.Health{}) {
			t.Errorf("of a receiver that works is told %+v", r.told)
		}
		down.Store(true)
		began := time.Now()
		var deliveries sync.WaitGroup
		for i := range 3 {
			deliveries.Go(func() { must(t, r.Inbound(background, inbound(t, fmt.Sprint(i), fmt.Sprint(i), 1))) })
		}
		time.Sleep(10 * time.Minute)
		h := r.Health()
		if h.State != fleet.CircuitOpen || h.Err == "" || h.Hint == "" || h.Failures <= openAfter || h.Oldest != began ||
			h.Since.Sub(began) > 5*time.Second || time.Until(h.NextProbe) <= 0 || time.Until(h.NextProbe) > time.Minute {
			t.Errorf("health is %+v", h)
		}
		down.Store(false)
		deliveries.Wait()
		if h := r.Health(); h != (fleet.Health{}) {
			t.Errorf("at the end it is %+v", h)
		}
		want := []fleet.DeliveryState{fleet.Failing, fleet.CircuitOpen, fleet.Failing, ""}
		if got := r.states(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("told are %v, want %v", got, want)
		}
		if told := r.told[len(r.told)-1]; told.Failures != 0 || !told.Oldest.IsZero() && told.Oldest != began {
			t.Errorf("last told is %+v", told)
		}
	})
}

func TestABotWithNothingToDeliverKnowsThatItsReceiverIsDown(t *testing.T) {
	withReceiver(t, always(http.StatusServiceUnavailable), func(r *receiver) {
		idle, err := makeWebhook("idle", r.cfg, r.events.poster, r.webhook.log, func(fleet.Health) {})
		must(t, err)
		defer func() { must(t, idle.Close(background)) }()
		ctx, cancel := context.WithCancel(background)
		var deliveries sync.WaitGroup
		for i := range openAfter {
			deliveries.Go(func() { _ = r.Inbound(ctx, inbound(t, fmt.Sprint(i), fmt.Sprint(i), 1)) })
		}
		synctest.Wait()
		if h := idle.Health(); h.State != fleet.CircuitOpen || !h.Oldest.IsZero() {
			t.Errorf("health is %+v", h)
		}
		cancel()
		deliveries.Wait()
	})
}

// Its own URL does not work; those of others at the same host do.
func TestAURLThatFailsOpensNoCircuitOfOthersAtItsHost(t *testing.T) {
	for name, fail := range map[string]http.HandlerFunc{
		"its secret is wrong":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		"a proxy answers for it": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"it hangs": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
		"it hangs up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) { wantOwnCircuit(t, fail) })
	}
}

func wantOwnCircuit(t *testing.T, fail http.HandlerFunc) {
	answer := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wrong" {
			fail(w, r)
		}
	}
	withCrowd(t, answer, func(c *crowd) {
		wrong, right := c.bot("host", "/wrong", time.Second, time.Hour), c.bot("host", "/right", time.Second, time.Hour)
		var deliveries sync.WaitGroup
		for i := range 20 {
			deliveries.Go(func() {
				if wrong.Inbound(background, inbound(t, fmt.Sprint(i), "7", 1)) == nil {
					t.Error("it was taken")
				}
			})
		}
		time.Sleep(30 * time.Minute)
		began := time.Now()
		must(t, right.Inbound(background, inbound(t, "m", "7", 1)))
		if h := right.Health(); h != (fleet.Health{}) || time.Since(began) != 0 {
			t.Errorf("after %v its health is %+v", time.Since(began), h)
		}
		if h := wrong.Health(); h.State != fleet.CircuitOpen || c.poster.figures().Open != 1 {
			t.Errorf("the other's health is %+v; %d circuits are open", h, c.poster.figures().Open)
		}
		deliveries.Wait()
	})
}

func TestTheRelaysOwnTriesDoNotWaitAtAnOpenCircuit(t *testing.T) {
	withReceiver(t, always(http.StatusServiceUnavailable), func(r *receiver) {
		ctx, cancel := context.WithCancel(background)
		var deliveries sync.WaitGroup
		for i := range openAfter {
			deliveries.Go(func() { _ = r.Inbound(ctx, inbound(t, fmt.Sprint(i), fmt.Sprint(i), 1)) })
		}
		synctest.Wait()
		began := time.Now()
		err := r.Inbound(background, inbound(t, "m", "m", 2))
		if time.Since(began) != 0 || err == nil || len(r.got) != openAfter {
			t.Errorf("after %v and %d posts: %v", time.Since(began), len(r.got), err)
		}
		cancel()
		deliveries.Wait()
	})
}

func TestABotSaysThatItsReceiverAskedForAPauseAndWhenThatIsOver(t *testing.T) {
	withReceiver(t, failing(http.StatusTooManyRequests, 2, "Retry-After", "7200"), func(r *receiver) {
		if r.Inbound(background, inbound(t, "m1", "1", 2)) == nil {
			t.Error("it was taken")
		}
		if h := r.Health(); h.State != fleet.Paused || h.Hint == "" || time.Until(h.NextProbe) != 2*time.Hour {
			t.Errorf("health is %+v", h)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		want := []fleet.DeliveryState{fleet.Paused, fleet.Failing}
		if got := r.states(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("told are %v, want %v", got, want)
		}
		must(t, r.Inbound(background, inbound(t, "m1", "1", 3)))
	})
}

func TestABotSaysThatItsReceiverIsGone(t *testing.T) {
	withReceiver(t, always(http.StatusGone), func(r *receiver) {
		if r.Inbound(background, inbound(t, "m1", "1", 1)) == nil {
			t.Error("it was taken")
		}
		if h := r.Health(); h.State != fleet.Stopped || h.Err != errGone.Error() || h.Hint == "" || h.Since.IsZero() {
			t.Errorf("health is %+v", h)
		}
		if got := r.states(); len(got) != 1 || got[0] != fleet.Stopped {
			t.Errorf("told are %v", got)
		}
	})
}

func TestAReceiverThatRefusedWhatWasGivenUpIsNotSaidToFail(t *testing.T) {
	for status, want := range map[int]fleet.DeliveryState{
		http.StatusUnprocessableEntity: "", http.StatusBadGateway: fleet.Failing,
	} {
		withReceiver(t, always(status), func(r *receiver) {
			if r.Inbound(background, inbound(t, "m1", "1", 2)) == nil {
				t.Error("it was taken")
			}
			if h := r.Health(); h.State != want || r.told[0].State != fleet.Failing || r.told[len(r.told)-1].State != want {
				t.Errorf("%d: health is %+v; told %v", status, h, r.told)
			}
		})
	}
}
