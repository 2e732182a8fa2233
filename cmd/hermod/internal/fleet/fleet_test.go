package fleet_test

import (
	"context"
	"encoding/pem"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
)

func TestApplyStartsDrainsAndRestartsAndLeavesTheRestAlone(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		first := w.apply(bot("a"), bot("b"), bot("c"))
		if !slices.Equal(first.Added, []string{"a", "b", "c"}) || first.Unchanged != 0 {
			t.Errorf("changes are %+v", first)
		}
		w.want("a", actors.Ready, "connected")
		a, removed := w.conn("a"), w.bot("c")
		second := w.apply(bot("a"), bot("b", changed), bot("d"))
		if !slices.Equal(second.Added, []string{"d"}) || !slices.Equal(second.Changed, []string{"b"}) ||
			!slices.Equal(second.Removed, []string{"c"}) || second.Unchanged != 1 {
			t.Errorf("changes are %+v", second)
		}
		if status := w.want("a", actors.Ready, "connected"); status.Starts != 1 || status.Generation != 1 || w.conn("a") != a {
			t.Errorf("a noticed: %+v", status)
		}
		if status := w.want("b", actors.Ready, "connected"); status.Starts != 2 || w.bot("b").Config().Limits.MaxHandlers != 7 {
			t.Errorf("b is as before: %+v", status)
		}
		w.want("d", actors.Ready, "connected")
		<-removed.Done()
		if _, there := w.fleet.Bot("c"); there || removed.Status().State != actors.Closed || removed.Config() != nil {
			t.Errorf("c is still there: %+v", removed.Status())
		}
		if names := namesOf(w.fleet.Bots()); !slices.Equal(names, []string{"a", "b", "d"}) {
			t.Errorf("bots are %v", names)
		}
	})
}

func namesOf(bots []*fleet.Bot) (names []string) {
	for _, b := range bots {
		names = append(names, b.Name())
	}
	return names
}

func TestOneBotsFailureTouchesNoOther(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.onMake = func(_ context.Context, bot string) error {
			if bot == "panics" {
				panic("a bug of the delivery")
			}
			if bot == "fails" {
				return errRefused
			}
			return nil
		}
		w.apply(bot("good"), bot("panics"), bot("fails"), bot("lost", func(b *config.Bot) { b.Deliver = config.Deliver{Process: &config.Process{}} }))
		w.want("good", actors.Ready, "connected")
		for name, words := range map[string]string{"panics": "a bug of the delivery", "fails": "refused", "lost": "nothing delivers by process"} {
			status := w.want(name, actors.Failed, "fatal")
			if !strings.Contains(status.LastError, words) || !strings.Contains(status.Hint, "reconnect") {
				t.Errorf("%s says %q, %q", name, status.LastError, status.Hint)
			}
			if _, running := w.bot(name).Relay(); running {
				t.Errorf("%s has a relay", name)
			}
		}
		w.onMake = nil
		w.bot("fails").Reconnect()
		w.want("fails", actors.Ready, "connected")
	})
}

func TestARemovedBotDrainsWhatIsInFlight(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		release := make(chan struct{})
		w.onInbound = func(context.Context, string, string) error { <-release; return nil }
		w.apply(bot("a"))
		w.inject("a", "1")
		removed := w.bot("a")
		w.apply()
		if status := removed.Status(); status.State != fleet.Draining || status.PlatformState != "disabled" || status.Queued != 1 {
			t.Errorf("status is %+v", status)
		}
		close(release)
		<-removed.Done()
		if got := w.got("a"); !slices.Equal(got, []string{"1"}) {
			t.Errorf("delivered %v", got)
		}
	})
}

func TestTheDeliveryIsClosedAfterAHandlerThatIgnoresItsContextOrAtTheEndOfTheBudget(t *testing.T) {
	const budget = 10 * time.Second
	for takes, want := range map[time.Duration]time.Duration{9 * time.Second: 9 * time.Second, time.Hour: budget} {
		inBubble(t, nil, func(w *world) {
			w.onInbound = func(context.Context, string, string) error { time.Sleep(takes); return nil }
			w.apply(bot("a"))
			w.inject("a", "1")
			removed, begun := w.bot("a"), time.Now()
			w.apply()
			<-removed.Done()
			if took := time.Since(begun); took != want {
				t.Errorf("a handler that takes %v: done after %v, want %v", takes, took, want)
			}
			time.Sleep(takes)
		})
	}
}

func TestABotThatComesBackWhileItDrainsStartsAnew(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		release := make(chan struct{})
		w.onInbound = func(context.Context, string, string) error { <-release; return nil }
		w.apply(bot("a"))
		w.inject("a", "1")
		w.apply()
		if changes := w.apply(bot("a")); !slices.Equal(changes.Added, []string{"a"}) {
			t.Errorf("changes are %+v", changes)
		}
		close(release)
		if status := w.want("a", actors.Ready, "connected"); status.Starts != 2 {
			t.Errorf("status is %+v", status)
		}
	})
}

func TestCloseCutsOffWhatDoesNotDrainWhenItsContextEnds(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.onInbound = func(ctx context.Context, _, _ string) error { <-ctx.Done(); return ctx.Err() }
		w.apply(bot("a"), bot("b"))
		w.inject("a", "1")
		ctx, cancel := context.WithCancel(background)
		closed := make(chan error, 1)
		begun := time.Now()
		go func() { closed <- w.fleet.Close(ctx) }()
		time.Sleep(time.Second)
		cancel()
		if err := <-closed; !errors.Is(err, context.Canceled) || time.Since(begun) != time.Second {
			t.Errorf("closed after %v with %v", time.Since(begun), err)
		}
		if _, err := w.fleet.Apply(&config.Config{}); !errors.Is(err, fleet.ErrClosed) {
			t.Errorf("apply after the end: %v", err)
		}
		if w.fleet.Bots() != nil {
			t.Error("bots after the end")
		}
	})
}

func TestCloseDoesNotWaitForAPreparationThatHangs(t *testing.T) {
	hang := make(chan struct{})
	adjust := func(o *fleet.Options) {
		o.Prepare = func(_ context.Context, b *config.Bot, _ actors.Config, _ func(error, string)) (*config.Bot, error) {
			<-hang
			return b, nil
		}
	}
	synctest.Test(t, func(t *testing.T) {
		hang = make(chan struct{})
		opts := fleet.Options{}
		adjust(&opts)
		f, err := fleet.New(opts)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Apply(&config.Config{Bots: []*config.Bot{bot("a")}}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		if err := f.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("closed with %v", err)
		}
		close(hang)
		time.Sleep(2 * time.Millisecond)
	})
}

// The preparation and the relay verify the connector alike, also when the files change in between.
func TestCertificatesAreReadOnce(t *testing.T) {
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, certificate(t), 0o600); err != nil {
		t.Fatal(err)
	}
	adjust := func(o *fleet.Options) {
		o.Prepare = func(_ context.Context, b *config.Bot, relay actors.Config, _ func(error, string)) (*config.Bot, error) {
			if relay.TLS.RootCAs == nil {
				return nil, errors.New("the authority was not read")
			}
			return b, os.Remove(authority)
		}
	}
	inBubble(t, adjust, func(w *world) {
		b := bot("a")
		b.TLS = &config.TLS{CAFile: authority}
		w.apply(b)
		w.want("a", actors.Ready, "connected")
	})
}

// certificate returns one in PEM.
func certificate(t *testing.T) []byte {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

func TestPreparationMayWaitAndBringCredentials(t *testing.T) {
	provisioned := make(chan struct{})
	adjust := func(o *fleet.Options) {
		provisioned = make(chan struct{})
		o.Prepare = func(ctx context.Context, b *config.Bot, _ actors.Config, report func(error, string)) (*config.Bot,
			error) {
			report(errRefused, "start the connector")
			select {
			case <-provisioned:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			issued := *b
			issued.GatewayID, issued.Secret = "g1", &config.Secret{Value: "issued"}
			return &issued, nil
		}
	}
	inBubble(t, adjust, func(w *world) {
		w.apply(bot("a"), bot("b"))
		if status := w.want("a", fleet.Starting, "retrying"); status.LastError != "refused" || status.Hint != "start the connector" {
			t.Errorf("status is %+v", status)
		}
		w.apply(bot("a"))
		if _, there := w.fleet.Bot("b"); there {
			t.Error("a bot that was being prepared did not leave")
		}
		close(provisioned)
		if status := w.want("a", actors.Ready, "connected"); status.LastError != "" {
			t.Errorf("status is %+v", status)
		}
		if w.conn("a").Authorization() == "" {
			t.Error("dialled without the credentials")
		}
		if w.apply(bot("a")).Unchanged != 1 {
			t.Error("issued credentials count as a change")
		}
	})
}

func TestARelayThatStopsByItselfStartsAgainAfterAWhile(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"), bot("b"))
		w.bot("a").StopRelay()
		if status := w.want("a", actors.Backoff, "retrying"); time.Until(status.NextDial) != 5*time.Second || status.Hint == "" {
			t.Errorf("status is %+v", status)
		}
		w.want("b", actors.Ready, "connected")
		time.Sleep(5 * time.Second)
		if status := w.want("a", actors.Ready, "connected"); status.Starts != 2 {
			t.Errorf("status is %+v", status)
		}
	})
}

func TestABotThatIsReconnectedAfterItsRelayStoppedDoesNotWait(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"))
		w.bot("a").StopRelay()
		w.want("a", actors.Backoff, "retrying")
		w.bot("a").Reconnect()
		w.want("a", actors.Ready, "connected")
		time.Sleep(time.Minute)
		if status := w.want("a", actors.Ready, "connected"); status.Starts != 2 {
			t.Errorf("status is %+v", status)
		}
	})
}

func TestABotWhoseActorStopsIsReplaced(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"), bot("b"))
		old := w.bot("a")
		old.StopActor()
		<-old.Done()
		w.want("a", actors.Ready, "connected")
		if b := w.want("b", actors.Ready, "connected"); b.Starts != 1 || w.bot("a") == old {
			t.Errorf("status of b is %+v", b)
		}
	})
}

func TestASuccessorOfABotWhoseActorStopsFindsNoConnectionOfItsRelay(t *testing.T) {
	var dials atomic.Int32
	slowToGiveUp := func(opts *fleet.Options) {
		dial := opts.Dial
		opts.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			if dials.Add(1) > 1 || err != nil {
				return conn, err
			}
			<-ctx.Done()
			time.Sleep(50 * time.Millisecond)
			_ = conn.Close()
			return nil, ctx.Err()
		}
	}
	inBubble(t, slowToGiveUp, func(w *world) {
		w.apply(bot("a"))
		w.want("a", actors.Connecting, "retrying")
		w.bot("a").StopActor()
		time.Sleep(time.Second)
		w.want("a", actors.Ready, "connected")
		if most := w.srv.MaxOpen(); most != 1 {
			t.Errorf("%d connections were open at once", most)
		}
	})
}

func TestABotAtRestHasNoGoroutineOfTheFleet(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"), bot("b"), bot("c", off))
		w.want("a", actors.Ready, "connected")
		if asleep, err := w.bot("b").Sleep(background); !asleep || err != nil {
			t.Fatalf("asleep %v, %v", asleep, err)
		}
		synctest.Wait()
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if strings.Contains(string(stacks), "internal/fleet.") {
			t.Errorf("something waits:\n%s", stacks)
		}
	})
}
