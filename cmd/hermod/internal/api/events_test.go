package api_test

import (
	"testing"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/wire"
)

func interruptOf(session, chat string) wire.InterruptInbound {
	return wire.InterruptInbound{SessionKey: session, ChatID: chat}
}

// until reads on to an event of that name.
func (r *reading) until(name string, into any) {
	r.t.Helper()
	for {
		got, _, data := r.event()
		if got == name {
			must(r.t, json.Unmarshal([]byte(data), into))
			return
		}
	}
}

func TestTheDaemonAndEveryBotAreToldFirstAndThenWhatChanges(t *testing.T) {
	w := start(t, bots(bot("a", streamed), bot("b", "enabled: false, "+streamed)), nil, "b")
	w.awaitState("a", client.BotStateReady)
	r := w.read("/v1/events")
	if name, _, _ := r.event(); name != "daemon" {
		t.Errorf("begins with %s", name)
	}
	told := make(map[string]client.Bot)
	for {
		name, _, data := r.event()
		if name == "synced" {
			break
		}
		var b client.Bot
		must(t, json.Unmarshal([]byte(data), &b))
		told[b.Name] = b
	}
	if told["a"].State != client.BotStateReady || told["b"].PlatformState != client.BotPlatformStateDisabled ||
		*told["b"].Cause != client.Config {
		t.Errorf("told %+v", told)
	}
	must(t, w.connector.Revoke("a"))
	var b client.Bot
	for b.State != client.BotStateDisabled {
		r.until("status", &b)
	}
	if b.Name != "a" || *b.Cause != client.Revoked || *b.CloseCode != 4401 || *b.Hint == "" {
		t.Errorf("told %+v", b)
	}
}

func TestFiguresThatChangedAreTold(t *testing.T) {
	t.Parallel() // it waits for real time
	w := start(t, bots(bot("a", streamed), bot("b", "enabled: false, "+streamed)), nil, "b")
	w.awaitState("a", client.BotStateReady)
	r := w.read("/v1/events")
	var figures struct {
		At   string
		Bots map[string][]uint64
	}
	r.until("figures", &figures)
	if len(figures.Bots) != 2 || len(figures.Bots["a"]) != 6 || figures.At == "" {
		t.Errorf("the first figures are %+v", figures)
	}
	requests := figures.Bots["a"][4]
	_, body := w.do("POST", "/v1/bots/a/actions", hello)
	figures.Bots = nil
	r.until("figures", &figures)
	if figures.Bots["a"] == nil || figures.Bots["a"][4] != requests+1 || figures.Bots["b"] != nil {
		t.Errorf("after %s the figures are %+v", body, figures)
	}
}
