package connector_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"hermod/connector"
	"hermod/wire"
)

func (c *client) request(id string, a wire.Action) {
	c.t.Helper()
	c.send(wire.AppendOutbound(nil, id, a, "", ""))
}

func TestOutboundIsAnsweredWithSuccessAndAUniqueMessageID(t *testing.T) {
	c := start(t, connector.Config{})
	g := greet(t, c, "")
	seen := make(map[string]bool)
	for i := range 50 {
		id := fmt.Sprint("r", i)
		g.request(id, wire.NewSend("c1", "x"))
		m := g.expect("outbound_result")
		r := resultOf(t, m.Result)
		if m.RequestID != id || r.MessageID == "" || seen[r.MessageID] {
			t.Fatalf("answer %+v to %q", r, m.RequestID)
		}
		seen[r.MessageID] = true
	}
}

func TestChatInfoAndThreadsAreAnsweredInTheirOwnWay(t *testing.T) {
	c := start(t, connector.Config{})
	g := greet(t, c, "")
	g.request("r1", wire.NewGetChatInfo("chat 7"))
	if info := resultOf(t, g.expect("outbound_result").Result).ChatInfo("other"); info != (wire.ChatInfo{Name: "chat 7", Type: "dm"}) {
		t.Fatalf("chat info %+v", info)
	}
	g.request("r2", wire.NewThreadCreate("chat 7", "topic"))
	if r := resultOf(t, g.expect("outbound_result").Result); r.ThreadID == "" {
		t.Fatalf("result %+v has no thread", r)
	}
}

func TestOutboundBeforeHelloIsRefusedWithAFailure(t *testing.T) {
	c := start(t, connector.Config{})
	g := dial(t, c, "")
	g.request("r1", wire.NewSend("c1", "x"))
	m := g.expect("outbound_result")
	if r := wire.ParseResult(m.Result); m.RequestID != "r1" || r.Success || r.Error == "" || r.Ambiguous {
		t.Fatalf("answered %s", m.Result)
	}
	if n := len(c.Outbound(0)); n != 0 {
		t.Fatalf("%d actions were recorded", n)
	}
}

func TestEveryActionIsRecordedInOrder(t *testing.T) {
	c := start(t, withGateways())
	g1, g2 := greet(t, c, token("g1", secret)), greet(t, c, token("g2", "new"))
	g1.hello("slack", "b9")
	g1.send(wire.AppendOutbound(nil, "r1", wire.NewSend("c", "one"), "slack", "b9"))
	g1.expect("outbound_result")
	g2.request("r2", wire.NewTyping("c").With("unknown", "kept"))
	g2.expect("outbound_result")

	all := c.Outbound(0)
	if len(all) != 2 || all[0].Seq != 1 || all[1].Seq != 2 {
		t.Fatalf("records %+v", all)
	}
	if r := all[0]; r.Gateway != "g1" || r.RequestID != "r1" || r.Platform != "slack" || r.BotID != "b9" || r.Action.Op() != "send" {
		t.Fatalf("record %+v", r)
	}
	if kept, _ := all[1].Action.Field("unknown"); all[1].Gateway != "g2" || string(kept) != `"kept"` {
		t.Fatalf("record %+v", all[1])
	}
	if later := c.Outbound(1); len(later) != 1 || later[0].Seq != 2 {
		t.Fatalf("records since 1: %+v", later)
	}
	if none := c.Outbound(99); none == nil || len(none) != 0 {
		t.Fatalf("records since 99: %+v", none)
	}
}

func TestRecordKeepsTheNewestWithinItsBounds(t *testing.T) {
	size := wire.NewSend("c", "x").Size()
	for _, cfg := range []connector.Config{{MaxRecords: 3}, {MaxRecordBytes: 3 * size}} {
		c := start(t, cfg)
		g := greet(t, c, "")
		for i := range 10 {
			g.request(fmt.Sprint(i), wire.NewSend("c", "x"))
			g.expect("outbound_result")
		}
		for since, want := range map[uint64][]uint64{0: {8, 9, 10}, 8: {9, 10}, 10: {}} {
			var got []uint64
			for _, r := range c.Outbound(since) {
				got = append(got, r.Seq)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("since %d: %v, want %v", since, got, want)
			}
		}
	}
}

func TestUsersPlatformAnswersWithoutHoldingUpTheReader(t *testing.T) {
	release := make(chan struct{})
	c := start(t, connector.Config{OnOutbound: func(ctx context.Context, r connector.Record) wire.Result {
		content, _ := r.Action.Field("content")
		switch string(content) {
		case `"slow"`:
			<-release
		case `"bad"`:
			panic("a bug of the user")
		case `"never"`:
			<-ctx.Done()
		}
		return wire.Failure("no: "+r.Gateway, false)
	}})
	g := greet(t, c, "")
	for _, content := range []string{"never", "slow", "fast"} {
		g.request(content, wire.NewSend("c", content))
	}
	m := g.expect("outbound_result")
	if r := wire.ParseResult(m.Result); m.RequestID != "fast" || r.Error != "no: default" {
		t.Fatalf("answered %q %s", m.RequestID, m.Result)
	}
	close(release)
	if m = g.expect("outbound_result"); m.RequestID != "slow" {
		t.Fatalf("answered %q", m.RequestID)
	}
	g.request("bad", wire.NewSend("c", "bad"))
	if m = g.expect("outbound_result"); m.RequestID != "bad" || !wire.ParseResult(m.Result).Ambiguous {
		t.Fatalf("answered %q %s", m.RequestID, m.Result)
	}
}

func TestActionsThatRunAreBounded(t *testing.T) {
	c := start(t, connector.Config{OnOutbound: func(ctx context.Context, _ connector.Record) wire.Result {
		<-ctx.Done()
		return wire.Failure("", false)
	}})
	g := greet(t, c, "")
	for i := range 257 {
		g.request(fmt.Sprint(i), wire.NewSend("c", "x"))
	}
	m := g.expect("outbound_result")
	if r := wire.ParseResult(m.Result); m.RequestID != "256" || !strings.Contains(r.Error, "busy") {
		t.Fatalf("answered %q %s", m.RequestID, m.Result)
	}
}

func TestGatewayThatDoesNotReadItsResultsIsNotReadEither(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory(), MaxQueued: 4, OnOutbound: func(_ context.Context,
			r connector.Record) wire.Result {
			return wire.ParseResult(append(append([]byte(`{"success":true,"echo":`), r.Action.AppendJSON(nil)...), '}'))
		}})
		g := greet(t, c, "")
		line := wire.AppendOutbound(nil, "r", wire.NewSend("c", strings.Repeat("x", 100<<10)), "", "")
		frame := ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame(line)))
		for written := 0; ; written += len(frame) {
			_ = g.conn.SetWriteDeadline(time.Now().Add(time.Second))
			if _, err := g.conn.Write(frame); err != nil {
				break
			}
			if written > 256<<20 {
				t.Fatal("the connector takes requests without end")
			}
		}
		g.leave()
	})
}

func TestAnActionForAnIdentityOfNoHelloIsRefused(t *testing.T) {
	c := start(t, connector.Config{Platform: "slack"})
	g := dial(t, c, "")
	g.hello("discord", "b1")
	g.hello("telegram", "")
	g.hello("", "b3") // is answered with the descriptor of slack
	for i, tc := range []struct {
		platform, bot string
		taken         bool
	}{
		{"", "", true}, {"discord", "", true}, {"discord", "b1", true}, {"telegram", "", true}, {"slack", "b3", true},
		{"matrix", "", false}, {"discord", "b3", false}, {"telegram", "b1", false}, {"", "b9", false}, {"Discord", "", false},
	} {
		before := len(c.Outbound(0))
		g.send(wire.AppendOutbound(nil, fmt.Sprint(i), wire.NewSend("c", "x"), tc.platform, tc.bot))
		r := wire.ParseResult(g.expect("outbound_result").Result)
		if recorded := len(c.Outbound(0)) > before; r.Success != tc.taken || recorded != tc.taken || r.Ambiguous {
			t.Errorf("%+v: %+v, recorded: %v", tc, r, recorded)
		}
	}
}

func TestTheSealOfADraftIsIdempotent(t *testing.T) {
	c := start(t, connector.Config{})
	g := greet(t, c, "")
	draft := func(chat string, id int, final bool) string {
		t.Helper()
		g.request("r", wire.NewAction("draft").With("chat_id", chat).With("draft_id", id).With("content", "x").With("final", final))
		return resultOf(t, g.expect("outbound_result").Result).MessageID
	}
	first := draft("c1", 1, false)
	other, elsewhere := draft("c1", 2, false), draft("c2", 1, false)
	if first == other || first == elsewhere || other == elsewhere {
		t.Fatalf("streams share a message: %s %s %s", first, other, elsewhere)
	}
	for range 3 { // the second and third are repeats
		if sealed := draft("c1", 1, true); sealed != first {
			t.Fatalf("sealed as %s, want %s", sealed, first)
		}
	}
	if again := draft("c1", 1, false); again == first {
		t.Error("a stream that begins after the seal has the message of the one before")
	}
	if alone := draft("c1", 3, true); alone != draft("c1", 3, true) {
		t.Error("a seal without a stream is not idempotent")
	}
}

func TestAResultThatTheGatewayDoesNotTakeFails(t *testing.T) {
	c := start(t, connector.Config{OnOutbound: func(context.Context, connector.Record) wire.Result {
		return wire.ParseResult([]byte(`{"success":true,"x":"` + strings.Repeat("x", wire.MaxPlainMessage) + `"}`))
	}})
	g := greet(t, c, "")
	g.request("r1", wire.NewSend("c", "x"))
	if r := wire.ParseResult(g.expect("outbound_result").Result); r.Success || !r.Ambiguous {
		t.Errorf("answered %+v", r)
	}
}
