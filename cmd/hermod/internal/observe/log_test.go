package observe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// line is one line of the log.
type line struct {
	Level string
	Msg   string
	Bot   string
	Gen   uint64
	Code  int
}

func linesOf(t *testing.T, log []byte) (lines []line) {
	t.Helper()
	for text := range bytes.Lines(log) {
		var l line
		must(t, json.Unmarshal(text, &l))
		lines = append(lines, l)
	}
	return lines
}

func TestEachTransitionIsOneLineOfTheLog(t *testing.T) {
	var log bytes.Buffer // written before each synctest.Wait, read after it
	inBubble(t, &log, func(w *world) {
		w.apply(500, bot("a", "telegram"))
		w.conn("a").Drop()
		time.Sleep(2 * time.Second)
		if asleep, err := w.bot("a").Sleep(context.Background()); !asleep || err != nil {
			t.Errorf("asleep is %v, %v", asleep, err)
		}
		synctest.Wait()
		w.bot("a").Wake()
		must(t, w.conn("a").CloseWith(wire.CloseUnauthorized, "unauthorized"))
		synctest.Wait()
		w.bot("a").Reconnect()
		synctest.Wait()
		w.bot("a").Disable()
		synctest.Wait()
		w.bot("a").Enable()
		synctest.Wait()
		w.apply(500)
		synctest.Wait()
		connected := func(gen uint64) []line {
			return []line{{Level: "DEBUG", Msg: "connecting", Gen: gen}, {Level: "DEBUG", Msg: "handshaking", Gen: gen}, {Level: "DEBUG", Msg: "ready", Gen: gen}}
		}
		starting, draining := line{Level: "DEBUG", Msg: "starting"}, line{Level: "DEBUG", Msg: "draining"}
		want := slices.Concat(
			[]line{starting}, connected(1), []line{{Level: "DEBUG", Msg: "link ended; dialling again", Gen: 1}},
			connected(2), []line{{Level: "DEBUG", Msg: "dormant", Gen: 2}},
			connected(3), []line{{Level: "DEBUG", Msg: "relay ended", Gen: 3, Code: 4401}},
			[]line{draining, starting}, connected(1),
			[]line{draining, {Level: "DEBUG", Msg: "closed", Gen: 1}, {Level: "DEBUG", Msg: "disabled"}},
			[]line{starting}, connected(1),
			[]line{draining, {Level: "DEBUG", Msg: "closed", Gen: 1}, {Level: "DEBUG", Msg: "left the fleet"}})
		got := linesOf(t, log.Bytes())
		for i := range max(len(got), len(want)) {
			var g, e line
			if i < len(got) {
				g = got[i]
			}
			if i < len(want) {
				e = want[i]
				e.Bot = "a"
			}
			if g != e {
				t.Errorf("line %d is %+v, want %+v", i+1, g, e)
			}
		}
	})
}

func TestTheLogHoldsNothingThatSomebodyWrote(t *testing.T) {
	var log bytes.Buffer
	inBubble(t, &log, func(w *world) {
		const token = "the gateway's secret of this test"
		a := bot("a", "telegram")
		a.GatewayID, a.Secret = "g1", &config.Secret{Value: token}
		w.apply(500, a)
		w.inbound = func(context.Context, *actors.Inbound) error { return errors.New("refused") }
		must(t, w.conn("a").SendInbound(wiretest.Event("telegram", "c1", "m1", content), "b1"))
		time.Sleep(time.Minute)
		_, err := w.bot("a").Send(context.Background(), wire.NewSend("c1", content), "")
		must(t, err)
		must(t, w.conn("a").Send([]byte(`{"type":"inbound","event":{"text":"`+content+`"`+"\n")))
		must(t, w.conn("a").Send([]byte(`{"type":"`+content+`"}`+"\n")))
		must(t, w.conn("a").Send([]byte(`{"type":"inbound","bufferId":"b2","event":"`+content+`"}`+"\n")))
		synctest.Wait()
		if text := log.String(); strings.Contains(text, content) || strings.Contains(text, token) {
			t.Errorf("the log holds what somebody wrote, or a secret:\n%s", text)
		}
		failures := 0
		for _, l := range linesOf(t, log.Bytes()) {
			if l.Level != "DEBUG" && l.Msg != "ready" {
				failures++
			}
		}
		if failures < 6 {
			t.Errorf("only %d lines tell of failures; the test shows nothing:\n%s", failures, log.String())
		}
	})
}
