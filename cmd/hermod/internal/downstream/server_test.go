package downstream_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire"
	"hermod/wire/wiretest"
)

var background = context.Background()

// both runs a test with deliveries kept on disk, and without.
func both(t *testing.T, test func(w *world)) {
	for name, durable := range map[string]bool{"durable": true, "not durable": false} {
		t.Run(name, func(t *testing.T) { inBubble(t, durable, test) })
	}
}

func TestEverythingPassesBothWays(t *testing.T) {
	both(t, func(w *world) {
		up, g := w.connector(), w.gateway("a")
		up.SendInbound([]byte(`{"text":"one","message_id":"1","new_field":[1],"source":{"platform":"telegram","chat_id":"c"}}`), "b1")
		d := <-g.events
		if field, there := d.Event.Field("new_field"); !there || string(field) != "[1]" || d.Event.Text != "one" {
			t := d.Event.Raw()
			w.Errorf("the event is not as it was sent: %s", t)
		}
		if id, _ := wire.DecodeInboundAck(up.Expect(wire.KindInboundAck)); id != "b1" {
			w.Errorf("acknowledged %q", id)
		}
		w.must(up.Send([]byte(`{"type":"passthrough_forward","forward":{"platform":"telegram","method":"POST","path":"/x","headers":[["a","b"]],"bodyB64":"aGk=","later":1},"bufferId":"b2"}` + "\n")))
		f := <-g.forwards
		if string(f.Forward.Body) != "hi" || !strings.Contains(string(f.Forward.Raw()), `"later":1`) {
			w.Errorf("the forward is %s", f.Forward.Raw())
		}
		up.Expect(wire.KindInboundAck)
		w.must(up.Send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "s", ChatID: "c"})))
		if i := <-g.interrupts; i.SessionKey != "s" || i.ChatID != "c" {
			w.Errorf("the interrupt is %+v", i)
		}
		reason := "stop"
		w.must(g.Interrupt(background, "k", &reason))
		if i, _ := wire.DecodeInterrupt(up.Expect(wire.KindInterrupt)); i.SessionKey != "k" || *i.Reason != "stop" {
			w.Errorf("the gateway's interrupt is %+v", i)
		}
		call := g.Start(wire.NewAction("send").With("chat_id", "c"), actors.Via("telegram"))
		line := up.Expect(wire.KindOutbound)
		if o, _ := wire.DecodeOutbound(line); o.Platform != "telegram" || o.BotID != "t1" || o.Action.Op() != "send" {
			w.Errorf("the request is %s", line)
		}
		w.must(up.Answer(line, wire.ParseResult([]byte(`{"success":true,"message_id":"m","unheard":{"of":1}}`))))
		result, err := call.Wait(background)
		if of, _ := result.Field("unheard"); err != nil || result.MessageID != "m" || string(of) != `{"of":1}` {
			w.Errorf("the result is %+v, %v", result, err)
		}
		g.close()
	})
}

func TestAGatewaySeesItsOwnBotOnly(t *testing.T) {
	inBubble(t, true, func(w *world) {
		conns := map[string]*wiretest.Conn{}
		for range 2 {
			conn := w.connector()
			token := strings.TrimPrefix(conn.Authorization(), "Bearer ")
			id, err := wire.PeekToken(token)
			w.must(err)
			conns[id] = conn
		}
		a, b := w.gateway("a"), w.gateway("b")
		conns["a"].SendInbound(wiretest.Event("telegram", "c", "1", "for a"), "")
		conns["b"].SendInbound(wiretest.Event("telegram", "c", "2", "for b"), "")
		a.want("for a")
		b.want("for b")
		b.Start(wire.NewAction("send"))
		conns["b"].Expect(wire.KindOutbound)
		synctest.Wait()
		if len(a.events)+len(b.events) > 0 {
			w.Error("somebody got more")
		}
		wrong := w.gateway("a", func(c *actors.Config) { c.Secret = "another" })
		if s := wrong.Status(); s.State != actors.Backoff || s.CloseCode != wire.CloseUnauthorized {
			w.Errorf("a gateway with a wrong secret is %+v", s)
		}
		wrong.close()
		a.close()
		b.close()
	}, behind("a"), behind("b"))
}

func TestAHelloWaitsForTheConnectorsDescriptor(t *testing.T) {
	inBubble(t, true, func(w *world) {
		up := w.upstream.Accept()
		g := w.gateway("a", func(c *actors.Config) {
			c.Identities = []wire.Identity{{Platform: "telegram"}, {Platform: "discord"}}
		})
		if s := g.Status(); s.State != actors.Handshaking {
			w.Fatalf("the gateway is %s before the connector has said anything", s.State)
		}
		telegram, discord := wiretest.Descriptor("telegram"), wiretest.Descriptor("discord")
		telegram.Label, discord.MaxMessageLength = "the connector's own", 77
		up.Handshake(telegram, discord)
		synctest.Wait()
		if d := g.Descriptor("telegram"); d == nil || d.Label != "the connector's own" {
			w.Errorf("telegram is %+v", d)
		}
		if d := g.Descriptor("discord"); d == nil || d.MaxMessageLength != 77 {
			w.Errorf("discord is %+v", d)
		}
		discord.MaxMessageLength = 78
		w.must(up.Send(wire.AppendDescriptor(nil, discord)))
		synctest.Wait()
		if d := g.Descriptor("discord"); d.MaxMessageLength != 78 {
			w.Errorf("after a change discord is %+v", d)
		}
		g.close()
	}, behind("a", config.Identity{Platform: "telegram"}, config.Identity{Platform: "discord"}))
}

func TestAGatewayBeginsWithWhatTheConnectorSaidBeforeTheDaemonStarted(t *testing.T) {
	inBubble(t, true, func(w *world) {
		w.connector()
		w.stop()
		w.upstream.RefuseDial(errors.New("down"))
		w.start()
		g := w.gateway("a")
		if s := g.Status(); s.State != actors.Ready {
			w.Errorf("the gateway is %s", s.State)
		}
		result, err := g.Send(background, wire.NewAction("send"))
		if err != nil || result.Success || result.Error != "relay transport not connected" || result.Ambiguous {
			w.Errorf("the result is %+v, %v", result, err)
		}
		g.close()
	})
}

func TestWhatWasKeptOutlivesGatewayConnectorAndDaemonInOrder(t *testing.T) {
	inBubble(t, true, func(w *world) {
		up := w.connector()
		for n := range 20 {
			up.SendInbound(wiretest.Event("telegram", "c", fmt.Sprint(n), fmt.Sprint(n)), "") // live
		}
		up.SendInbound(wiretest.Event("telegram", "c", "20", "20"), "b20")
		up.Expect(wire.KindInboundAck)
		if h := w.status("a"); h.Gateway == nil || h.Gateway.Connected || h.Gateway.Kept != 21 {
			w.Errorf("the status is %+v", h.Gateway)
		}
		w.stop()
		w.start()
		hung := make(chan struct{})
		first := w.gateway("a", func(c *actors.Config) {
			c.Handlers.Inbound = func(ctx context.Context, d *actors.Inbound) error {
				close(hung)
				<-ctx.Done()
				return ctx.Err()
			}
		})
		<-hung // it dies with what it has not acknowledged
		first.close()
		g := w.gateway("a")
		for n := range 21 {
			g.want(fmt.Sprint(n))
		}
		synctest.Wait()
		if h := w.status("a"); h.Gateway.Kept != 0 || !h.Gateway.Connected {
			w.Errorf("afterwards the status is %+v", h.Gateway)
		}
		g.close()
	})
}

func TestAtTheBoundTheConnectorWaitsAndNothingIsDropped(t *testing.T) {
	inBubble(t, true, func(w *world) {
		up := w.connector()
		const many = 130 // of which 100 are kept
		for n := range many {
			up.SendInbound(wiretest.Event("telegram", "c", fmt.Sprint(n), fmt.Sprint(n)), fmt.Sprint("b", n))
		}
		for range 100 {
			up.Expect(wire.KindInboundAck)
		}
		synctest.Wait()
		bot, _ := w.fleet.Bot("a")
		if s := bot.Status(); s.Queued != many-100 || s.Delivery().Gateway.Kept != 100 {
			w.Errorf("queued %d, kept %d", s.Queued, s.Delivery().Gateway.Kept)
		}
		g := w.gateway("a")
		for n := range many {
			g.want(fmt.Sprint(n))
		}
		for range many - 100 {
			up.Expect(wire.KindInboundAck)
		}
		g.close()
	})
}

func TestWithoutAStoreABufferedDeliveryIsAcknowledgedWhenTheGatewayHasAcknowledgedIt(t *testing.T) {
	inBubble(t, false, func(w *world) {
		up := w.connector()
		up.SendInbound(wiretest.Event("telegram", "c", "1", "one"), "b1")
		release := make(chan struct{})
		g := w.gateway("a", func(c *actors.Config) {
			c.Handlers.Inbound = func(context.Context, *actors.Inbound) error { <-release; return nil }
		})
		for _, line := range up.Received() {
			if kind, _ := wire.Classify(line); kind == wire.KindInboundAck {
				w.Error("acknowledged although the gateway has not")
			}
		}
		close(release)
		if id, _ := wire.DecodeInboundAck(up.Expect(wire.KindInboundAck)); id != "b1" {
			w.Errorf("acknowledged %q", id)
		}
		g.close()
	})
}

func TestAnUpstreamRevocationIsShownToTheGatewayUntilTheBotStartsAgain(t *testing.T) {
	inBubble(t, true, func(w *world) {
		up, g := w.connector(), w.gateway("a")
		w.must(up.CloseWith(wire.CloseUnauthorized, "unauthorized"))
		synctest.Wait()
		if s := g.Status(); s.State != actors.Disabled || s.CloseCode != wire.CloseUnauthorized {
			w.Errorf("the gateway is %+v", s)
		}
		g.close()
		if s := w.gateway("a"); s.Status().CloseCode != wire.CloseUnauthorized {
			w.Errorf("a new gateway is %+v", s.Status())
		} else {
			s.close()
		}
		bot, _ := w.fleet.Bot("a")
		bot.Reconnect()
		w.connector()
		again := w.gateway("a")
		if s := again.Status(); s.State != actors.Ready {
			w.Errorf("after the reconnect the gateway is %+v", s)
		}
		again.close()
	})
}

func TestARequestWhoseResultIsLostUpstreamIsAmbiguousAndOneThatWasNeverWrittenIsNot(t *testing.T) {
	inBubble(t, true, func(w *world) {
		up, g := w.connector(), w.gateway("a")
		lost := g.Start(wire.NewAction("send"))
		up.Expect(wire.KindOutbound)
		up.Reset()
		result, err := lost.Wait(background)
		if err != nil || !result.Ambiguous || result.Error != "relay transport connection lost" {
			w.Errorf("the lost one is %+v, %v", result, err)
		}
		result, err = g.Send(background, wire.NewAction("send"))
		if err != nil || result.Ambiguous || result.Error != "relay transport not connected" {
			w.Errorf("the unwritten one is %+v, %v", result, err)
		}
		g.close()
	})
}

func TestRequestsReachTheConnectorInTheirOrder(t *testing.T) {
	inBubble(t, true, func(w *world) {
		up, g := w.connector(), w.gateway("a")
		for n := range 200 {
			g.Start(wire.NewAction("send").With("n", n))
		}
		for n := range 200 {
			o, _ := wire.DecodeOutbound(up.Expect(wire.KindOutbound))
			if raw, _ := o.Action.Field("n"); string(raw) != fmt.Sprint(n) {
				w.Fatalf("the %dth is %s", n, raw)
			}
		}
		g.close()
	})
}

func TestAGatewayThatIsAwayShowsInTheStatus(t *testing.T) {
	inBubble(t, true, func(w *world) {
		up := w.connector()
		up.SendInbound(wiretest.Event("telegram", "c", "1", "one"), "")
		synctest.Wait()
		if h := w.status("a"); h.State != "" {
			w.Errorf("at once the state is %s", h.State)
		}
		time.Sleep(time.Minute)
		h := w.status("a")
		if h.State != fleet.Unread || !strings.HasPrefix(h.Err, "gateway not connected, 1 kept since ") {
			w.Errorf("the status is %+v", h)
		}
		g := w.gateway("a")
		g.want("one")
		synctest.Wait()
		if h := w.status("a"); h.State != "" || !h.Gateway.Connected {
			w.Errorf("with a gateway it is %+v", h)
		}
		g.close()
	})
}

func TestAnIdleGatewayGetsNothingBeforeItComesBack(t *testing.T) {
	both(t, func(w *world) {
		up, g := w.connector(), w.gateway("a")
		if !g.GoIdle(background, time.Second) {
			w.Fatal("going idle was not confirmed")
		}
		up.SendInbound(wiretest.Event("telegram", "c", "1", "one"), "")
		synctest.Wait()
		if len(g.events) > 0 {
			w.Error("an idle gateway got an event")
		}
		for _, line := range up.Received() {
			if kind, _ := wire.Classify(line); kind == wire.KindGoingIdle {
				w.Error("the bot's own link went idle")
			}
		}
		g.close()
		again := w.gateway("a")
		again.want("one")
		again.close()
	})
}

func TestAListenerThatMovesTakesWhatWaitsAlong(t *testing.T) {
	both(t, func(w *world) {
		up := w.connector()
		up.SendInbound(wiretest.Event("telegram", "c", "1", "one"), "b1")
		synctest.Wait()
		w.listen()
		g := w.gateway("a")
		g.want("one")
		up.Expect(wire.KindInboundAck)
		g.close()
	})
}

func TestAGatewayThatIsNotNamedAnyMoreIsRefused(t *testing.T) {
	inBubble(t, true, func(w *world) {
		w.connector()
		w.connector()
		g := w.gateway("b")
		next := *w.cfg
		next.Bots = next.Bots[:1]
		w.must(w.server.Apply(&next, nil, nil))
		_, err := w.fleet.Apply(&next)
		w.must(err)
		synctest.Wait()
		if s := g.Status(); s.State != actors.Disabled {
			w.Errorf("the gateway is %+v", s)
		}
		g.close()
	}, behind("a"), behind("b"))
}

func TestWhatIsKeptForAGatewayThatIsNotNamedAnyMoreIsTold(t *testing.T) {
	inBubble(t, true, func(w *world) {
		w.connector()
		up := w.connector()
		for _, id := range []string{"1", "2"} {
			up.SendInbound(wiretest.Event("telegram", "c", id, "kept"), "b"+id)
			up.Expect(wire.KindInboundAck)
		}
		next := *w.cfg
		next.Bots = slices.DeleteFunc(slices.Clone(next.Bots), func(b *config.Bot) bool {
			return w.server.Of(b.Name).Health().Gateway.Kept == 2
		})
		w.must(w.server.Apply(&next, nil, nil))
		synctest.Wait()
		if text := w.log.String(); len(next.Bots) != 1 || !strings.Contains(text, "does not name") ||
			!strings.Contains(text, "kept=2") {
			t.Errorf("%d bots are left, and the log has %s", len(next.Bots), text)
		}
	}, behind("a"), behind("b"))
}

func TestTheGatewaysCommandsAreDeclaredByTheBot(t *testing.T) {
	bot := behind("a", config.Identity{Platform: "discord", BotID: "d1"})
	inBubble(t, true, func(w *world) {
		w.connector("discord")
		with := func(c *actors.Config) {
			c.Identities = []wire.Identity{{Platform: "discord", BotID: "d1"}}
			c.Commands = []wire.Command{{Name: "ask", Description: "asks", Options: []byte(`[{"name":"what"}]`)}}
		}
		g := w.gateway("a", with)
		up := w.upstream.Accept()
		hellos := up.Handshake(wiretest.Descriptor("discord"))
		if len(hellos) != 1 || len(hellos[0].Commands) != 1 || string(hellos[0].Commands[0].Options) != `[{"name":"what"}]` {
			w.Errorf("the bot's hellos are %+v", hellos)
		}
		g.close()
		g = w.gateway("a", with) // declares the same
		if bot, _ := w.fleet.Bot("a"); bot.Status().Starts != 2 {
			w.Errorf("the bot started %d times", bot.Status().Starts)
		}
		g.close()
		w.stop()
		w.start()
		if hellos := w.upstream.Accept().Handshake(wiretest.Descriptor("discord")); len(hellos[0].Commands) != 1 {
			w.Errorf("after a restart the bot's hellos are %+v", hellos)
		}
	}, bot)
}
