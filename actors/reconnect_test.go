package actors_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/supervisor"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// gaps accepts n connections, ends each with end, and returns the time from each end to the next dial.
func (w *world) gaps(n int, shake bool, end func(*wiretest.Conn)) []time.Duration {
	w.t.Helper()
	var gaps []time.Duration
	var ended time.Time
	for i := range n {
		conn := w.srv.Accept()
		if i > 0 {
			gaps = append(gaps, time.Since(ended))
		}
		if shake {
			conn.Handshake()
			w.shaken()
		} else {
			conn.Expect(wire.KindHello)
		}
		ended = time.Now()
		end(conn)
		conn.AwaitEnd()
	}
	return gaps
}

// wantLadder fails unless each gap lies in the upper half of its rung.
func wantLadder(t *testing.T, gaps []time.Duration, rungs ...time.Duration) {
	t.Helper()
	for i, rung := range rungs {
		if gap := gaps[i]; gap < rung/2 || gap > rung+goodbyeSlack {
			t.Errorf("dial %d came after %v, want [%v, %v]", i+2, gap, rung/2, rung)
		}
	}
}

// goodbyeSlack is how long answering a close frame may take.
const goodbyeSlack = 110 * time.Millisecond

func TestDropsBeforeAndAfterTheHandshakeAreRetriedOnAClimbingLadder(t *testing.T) {
	for name, shake := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				gaps := w.gaps(8, shake, (*wiretest.Conn).Drop)
				second := time.Second
				wantLadder(t, gaps, second, 2*second, 4*second, 8*second, 16*second, 30*second, 30*second)
			})
		})
	}
}

func TestAStableConnectionResetsTheLadder(t *testing.T) {
	inBubble(t, func(w *world) {
		w.gaps(4, true, (*wiretest.Conn).Drop)
		conn := w.ready()
		time.Sleep(time.Minute)
		conn.Drop()
		dropped := time.Now()
		w.ready()
		wantLadder(t, []time.Duration{time.Since(dropped)}, time.Second)
	})
}

func TestClosesThatAskForDistanceStartAtTheThirdRung(t *testing.T) {
	for _, c := range []struct {
		code   int
		reason string
	}{{1008, "duplicate session"}, {4000, ""}, {1000, "replaced by a newer one"}, {1013, "later"}} {
		t.Run(c.reason, func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.ready()
				_ = conn.CloseWith(c.code, c.reason)
				conn.AwaitEnd()
				s := w.wantState("backoff")
				if s.Attempt != 3 || s.CloseCode != c.code || s.CloseReason != c.reason || s.Hint == "" {
					t.Errorf("status is %+v", s)
				}
				if wait := s.NextDial.Sub(s.Since); wait < 2*time.Second || wait > 4*time.Second {
					t.Errorf("next dial after %v", wait)
				}
			})
		})
	}
}

func TestUsualClosesTakeTheUsualLadder(t *testing.T) {
	for _, code := range []int{1000, 1001, 1011, 1012, 4403, 4999} {
		inBubble(t, func(w *world) {
			gaps := w.gaps(3, true, func(c *wiretest.Conn) { _ = c.CloseWith(code, "") })
			wantLadder(t, gaps, time.Second, 2*time.Second)
		})
	}
}

func TestRefusedDialsAndUpgradesAreRetried(t *testing.T) {
	for name, answer := range map[string]wiretest.Answer{
		"dial": wiretest.Refused(nil), "401": wiretest.Rejected(401), "403": wiretest.Rejected(403), "500": wiretest.Rejected(500),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{t: t, srv: wiretest.New(t), gate: &gateway{}}
				w.srv.OnDial(func(n int) wiretest.Answer {
					if n <= 2 {
						return answer
					}
					return wiretest.Accepted()
				})
				w.start()
				synctest.Wait()
				s := w.wantState("backoff")
				if strings.HasPrefix(name, "40") && (!strings.Contains(s.LastError, "HTTP "+name) || !strings.Contains(s.Hint, "credential")) {
					t.Errorf("status is %+v", s)
				}
				w.ready()
				w.close()
			})
		})
	}
}

func TestRevocationIsTerminalAfterAHandshake(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		pending := w.send(background, "x")
		conn.Expect(wire.KindOutbound)
		_ = conn.CloseWith(4401, "unauthorized")
		(<-pending).want(t, actors.ErrConnectionLost, "relay transport connection lost", true)
		s := w.wantState("disabled")
		if s.PlatformState != "disabled" || s.CloseCode != 4401 || s.CloseReason != "unauthorized" {
			t.Errorf("status is %+v", s)
		}
		(<-w.send(background, "y")).want(t, actors.ErrNotConnected, "relay transport not connected", false)
		if _, err := w.relay.Handshake(background); err == nil || !strings.Contains(err.Error(), "disabled") {
			t.Errorf("handshake error is %v", err)
		}
		time.Sleep(time.Hour)
		if dials := w.srv.Dials(); dials != 1 {
			t.Errorf("dialled %d times", dials)
		}
		if len(w.gate.fatals) != 1 {
			t.Fatalf("fatals: %+v", w.gate.fatals)
		}
		f := w.gate.fatals[0]
		if f.Code != "relay_disabled" || f.PlatformState != "disabled" || f.Message == "" {
			t.Errorf("fatal is %+v", f)
		}
	})
}

func TestARefusedCredentialBeforeAnyHandshakeIsRetried(t *testing.T) {
	inBubble(t, func(w *world) {
		gaps := w.gaps(4, false, func(c *wiretest.Conn) { _ = c.CloseWith(4401, "unauthorized") })
		wantLadder(t, gaps, time.Second, 2*time.Second, 4*time.Second)
		w.ready()
	})
}

func TestAnExpiredTokenIsRetriedUnlessTheStrategyIsStrict(t *testing.T) {
	for _, strategy := range []supervisor.Strategy{supervisor.Terminal, supervisor.Confirm, supervisor.Strict} {
		t.Run(string(strategy), func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.ready()
				_ = conn.CloseWith(4401, "expired")
				conn.AwaitEnd()
				if strategy == supervisor.Strict {
					w.wantState("disabled")
					return
				}
				w.wantState("backoff")
				w.ready()
			}, func(c *actors.Config) { c.Strategy = strategy })
		})
	}
}

func TestConfirmDialsOnceAtOnceAndIsTerminalOnlyIfThatIsRefusedToo(t *testing.T) {
	revoke := func(c *wiretest.Conn) { _ = c.CloseWith(4401, "unauthorized") }
	confirm := func(c *actors.Config) { c.Strategy = supervisor.Confirm }
	t.Run("refused", func(t *testing.T) {
		inBubble(t, func(w *world) {
			begun := time.Now()
			revoke(w.ready())
			second := w.srv.Accept()
			if waited := time.Since(begun); waited > goodbyeSlack {
				t.Errorf("confirmed after %v", waited)
			}
			second.Expect(wire.KindHello)
			revoke(second)
			second.AwaitEnd()
			w.wantState("disabled")
			time.Sleep(time.Hour)
			if dials := w.srv.Dials(); dials != 2 {
				t.Errorf("dialled %d times", dials)
			}
		}, confirm)
	})
	t.Run("accepted", func(t *testing.T) {
		inBubble(t, func(w *world) {
			revoke(w.ready())
			w.ready()
			time.Sleep(time.Hour)
			w.wantState("ready")
		}, confirm)
	})
}

func TestTheCloseCodeSurvivesAPeerThatResetsRightAfterIt(t *testing.T) {
	for range 50 {
		srv := wiretest.Listen(t)
		engine, err := actors.New(actors.EngineConfig{})
		if err != nil {
			t.Fatal(err)
		}
		g := &gateway{}
		relay, err := engine.Spawn("bot", actors.Config{URL: srv.URL(), Handlers: g.handlers(),
			Identities: []wire.Identity{{Platform: "discord"}}})
		if err != nil {
			t.Fatal(err)
		}
		states := relay.Watch(t.Context())
		conn := srv.Accept()
		conn.Handshake()
		if _, err := relay.Handshake(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 20 { // something to write while the reset arrives
			go func() { _, _ = relay.Send(t.Context(), wire.NewSend("c", "x")) }()
		}
		_ = conn.CloseThenReset(4401, "unauthorized")
		for s := range states {
			if s.State == "backoff" {
				t.Fatalf("retried: %s", s.LastError)
			}
			if s.State == "disabled" {
				break
			}
		}
		if err := engine.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		srv.Close()
	}
}

func TestWithoutReconnectTheRelayFailsWhenItsLinkEnds(t *testing.T) {
	inBubble(t, func(w *world) {
		w.ready().Drop()
		s := w.wantState("failed")
		if s.PlatformState != "fatal" {
			t.Errorf("platform state is %s", s.PlatformState)
		}
		time.Sleep(time.Hour)
		if w.srv.Dials() != 1 || len(w.gate.fatals) != 1 || w.gate.fatals[0].Code != "relay_failed" {
			t.Errorf("%d dials, fatals %+v", w.srv.Dials(), w.gate.fatals)
		}
	}, func(c *actors.Config) { c.NoReconnect = true })
}

func TestTwoConnectionsNeverLiveAtOnce(t *testing.T) {
	inBubble(t, func(w *world) {
		for range 20 {
			conn := w.ready()
			for range 5 {
				w.relay.Wake()
				w.relay.HoldRedial()
				w.relay.ReleaseRedial()
			}
			conn.Drop()
			synctest.Wait()
			for range 5 {
				w.relay.Wake()
			}
		}
		if most := w.srv.MaxOpen(); most != 1 {
			t.Errorf("%d connections were open at once", most)
		}
	})
}

func TestASilentConnectorIsLeftWhenItsPongIsOverdue(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		conn.IgnorePings()
		begun := time.Now()
		conn.AwaitPing(1)
		if first := time.Since(begun); first != 30*time.Second {
			t.Errorf("first ping after %v", first)
		}
		conn.AwaitEnd()
		if end := time.Since(begun); end < 90*time.Second || end > 91*time.Second {
			t.Errorf("left after %v", end)
		}
		if s := w.relay.Status(); !strings.Contains(s.LastError, "no pong in time") {
			t.Errorf("last error is %q", s.LastError)
		}
	})
}

func TestAnsweredPingsKeepTheLinkAndPingsAreAnswered(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		if err := conn.Ping(); err != nil || !conn.AwaitPong(1) {
			t.Errorf("no pong: %v", err)
		}
		time.Sleep(time.Hour)
		s := w.wantState("ready")
		if s.Generation != 1 || conn.Pings() < 119 {
			t.Errorf("generation %d after %d pings", s.Generation, conn.Pings())
		}
	})
}

func TestARefusedUpgradeLeaksNoToken(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.srv.RejectUpgrade(http.StatusUnauthorized)
		conn.Drop()
		time.Sleep(2 * time.Second)
		s := w.wantState("disabled")
		if strings.Contains(s.LastError+s.Hint, "s3cret") || strings.Contains(s.LastError, "Bearer") || !strings.Contains(s.LastError, "401") {
			t.Errorf("status tells: %q", s.LastError)
		}
	}, func(c *actors.Config) { c.GatewayID, c.Secret = "gw", "s3cret" })
}

func TestARevocationRightBehindTheDescriptorIsTerminal(t *testing.T) {
	for range 100 { // the failure overtakes what was sent before it
		inBubble(t, func(w *world) {
			conn := w.srv.Accept()
			conn.Expect(wire.KindHello)
			_ = conn.Send(wire.AppendDescriptor(nil, wiretestDescriptor))
			_ = conn.CloseWith(4401, "unauthorized")
			conn.AwaitEnd()
			if s := w.wantState("disabled"); s.Handshakes != 1 || w.relay.Descriptor("") == nil {
				t.Fatalf("status is %+v", s)
			}
		})
	}
}

func TestWhoLearnsThatTheLinkIsGoneCannotSendOverIt(t *testing.T) {
	for code, state := range map[int]actors.State{4401: actors.Disabled, 1001: actors.Backoff} {
		for range 50 {
			inBubble(t, func(w *world) {
				conn := w.ready()
				changes := w.relay.Watch(background)
				_ = conn.CloseWith(code, "")
				for s := range changes {
					if s.State == state {
						break
					}
				}
				(<-w.send(background, "x")).want(t, actors.ErrNotConnected, "relay transport not connected", false)
				if w.relay.GoIdle(background, 0) {
					t.Error("fell idle")
				}
			})
		}
	}
}

func TestADialFunctionThatPanicsIsADialThatFailed(t *testing.T) {
	var dials atomic.Int32
	inBubble(t, func(w *world) {
		if s := w.wantState("backoff"); !strings.Contains(s.LastError, "panicked: boom") {
			t.Errorf("last error is %q", s.LastError)
		}
		w.ready()
	}, func(c *actors.Config) {
		dial := c.Dial
		c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials.Add(1) == 1 {
				panic("boom")
			}
			return dial(ctx, network, addr)
		}
	})
}
