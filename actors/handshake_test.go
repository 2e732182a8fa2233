package actors_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestHandshakeSendsOneHelloPerIdentityInOrderBeforeAnythingElse(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.srv.Accept()
		var platforms []string
		for range 3 {
			hello, err := wire.DecodeHello(conn.Expect(wire.KindHello))
			if err != nil {
				t.Fatal(err)
			}
			platforms = append(platforms, hello.Platform+"/"+hello.BotID)
			if (len(hello.Commands) == 1) != (hello.Platform == "discord") {
				t.Errorf("hello of %s has %d commands", hello.Platform, len(hello.Commands))
			}
		}
		if got := strings.Join(platforms, " "); got != "telegram/t1 discord/d1 slack/" {
			t.Errorf("hellos were %s", got)
		}
	}, func(c *actors.Config) {
		c.Identities = []wire.Identity{{Platform: "telegram", BotID: "t1"}, {Platform: "discord", BotID: "d1"}, {Platform: "slack"}}
		c.Commands = []wire.Command{{Name: "stop", Description: "stops"}}
	})
}

func TestTheFirstDescriptorOfAConnectionIsTheSessionDefaultAndAllAreKeptByPlatform(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.srv.Accept()
		conn.Handshake(wiretest.Descriptor("discord"), wiretest.Descriptor("telegram"))
		w.shaken()
		synctest.Wait()
		for platform, want := range map[string]string{"": "discord", "discord": "discord", "telegram": "telegram"} {
			if d := w.relay.Descriptor(platform); d == nil || d.Platform != want {
				t.Errorf("descriptor of %q is %+v, want %s", platform, d, want)
			}
		}
		if d := w.relay.Descriptor("matrix"); d != nil {
			t.Errorf("descriptor of a platform nobody named is %+v", d)
		}
	}, func(c *actors.Config) {
		c.Identities = []wire.Identity{{Platform: "discord"}, {Platform: "telegram"}}
	})
}

func TestAHandshakeWaiterSurvivesACloseBeforeTheDescriptor(t *testing.T) {
	inBubble(t, func(w *world) {
		answer := make(chan error, 1)
		go func() {
			_, err := w.relay.Handshake(context.Background())
			answer <- err
		}()
		first := w.srv.Accept()
		first.Expect(wire.KindHello)
		_ = first.CloseWith(wire.CloseRestart, "restarting")
		w.srv.Accept().Handshake()
		if err := <-answer; err != nil {
			t.Errorf("handshake failed: %v", err)
		}
	})
}

func TestAHandshakeWaiterEndsWithItsContextAndLeavesNoTrace(t *testing.T) {
	inBubble(t, func(w *world) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := w.relay.Handshake(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		w.ready()
	})
}

func TestABadFirstDescriptorFailsTheHandshakeAndIsRetried(t *testing.T) {
	for name, line := range map[string]string{
		"missing key":   `{"type":"descriptor","descriptor":{"contract_version":1,"platform":"discord"}}`,
		"not an object": `{"type":"descriptor","descriptor":[]}`,
		"absent":        `{"type":"descriptor"}`,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.srv.Accept()
				conn.Expect(wire.KindHello)
				_ = conn.Send([]byte(line + "\n"))
				synctest.Wait()
				if s := w.wantState("backoff"); !strings.Contains(s.LastError, "handshake") {
					t.Errorf("last error is %q", s.LastError)
				}
				w.ready()
			})
		})
	}
}

func TestABadDescriptorAfterAGoodOneIsIgnored(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		_ = conn.Send([]byte(`{"type":"descriptor","descriptor":{"platform":"x"}}` + "\n"))
		if s := w.wantState("ready"); s.Counters.Malformed != 1 {
			t.Errorf("malformed is %d", s.Counters.Malformed)
		}
	})
}

func TestOfManyBadDescriptorsFewAreLogged(t *testing.T) {
	logger, book := newLogger(nil)
	inBubble(t, func(w *world) {
		conn := w.ready()
		for range 1000 {
			_ = conn.Send([]byte(`{"type":"descriptor","descriptor":[]}` + "\n"))
		}
		synctest.Wait()
		warnings := 0
		for _, line := range book.written() {
			if strings.HasPrefix(line, "skipped a malformed frame") {
				warnings++
			}
		}
		if s := w.wantState("ready"); s.Counters.Malformed != 1000 || warnings != 10 {
			t.Errorf("%d were counted and %d logged, want 1000 and the 1st, 2nd, 4th … 512th", s.Counters.Malformed, warnings)
		}
	}, logged(logger))
}

func TestNoDescriptorInTimeFailsTheHandshake(t *testing.T) {
	inBubble(t, func(w *world) {
		w.srv.Accept().Expect(wire.KindHello)
		synctest.Wait()
		time.Sleep(30*time.Second - time.Millisecond)
		w.wantState("handshaking")
		time.Sleep(2 * time.Millisecond)
		if s := w.wantState("backoff"); !strings.Contains(s.LastError, "no descriptor in time") {
			t.Errorf("last error is %q", s.LastError)
		}
	})
}

func TestADialThatHangsEndsAfterItsTimeout(t *testing.T) {
	for name, hang := range map[string]func(*wiretest.Server){
		"tcp": (*wiretest.Server).HangDial, "upgrade": (*wiretest.Server).HangUpgrade,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{t: t, srv: wiretest.New(t), gate: &gateway{}}
				hang(w.srv)
				w.start()
				synctest.Wait()
				time.Sleep(30*time.Second - time.Millisecond)
				w.wantState("connecting")
				time.Sleep(2 * time.Millisecond)
				w.wantState("backoff")
				w.close()
			})
		})
	}
}

func TestFramesThatComeWithTheUpgradeAreNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, srv: wiretest.New(t), gate: &gateway{}}
		w.srv.Greet(wire.AppendDescriptor(nil, wiretest.Descriptor("discord")), wire.AppendInbound(nil, event("c1", "m1", "early"), ""))
		w.start()
		w.shaken()
		w.wantEvents("early")
		w.close()
	})
}

func TestEveryDialCarriesATokenOfItsOwn(t *testing.T) {
	inBubble(t, func(w *world) {
		seen := map[string]bool{}
		for range 3 {
			conn := w.srv.Accept()
			token := strings.TrimPrefix(conn.Authorization(), "Bearer ")
			id, err := wire.VerifyToken(token, []wire.Secret{"s3cret"}, time.Now())
			if err != nil || id != "gw:1" || seen[token] {
				t.Errorf("token %d: id %q, err %v, seen before %v", len(seen), id, err, seen[token])
			}
			seen[token] = true
			conn.Expect(wire.KindHello)
			conn.Drop()
		}
	}, func(c *actors.Config) { c.GatewayID, c.Secret, c.Backoff = "gw:1", "s3cret", 10*time.Second })
}

func TestWithoutASecretNothingIsPresented(t *testing.T) {
	inBubble(t, func(w *world) {
		if auth := w.srv.Accept().Authorization(); auth != "" {
			t.Errorf("authorization is %q", auth)
		}
	})
}
