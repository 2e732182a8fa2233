package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/api/client"
)

var background = context.Background()

func ptr[T any](value T) *T { return &value }

func TestAGeneratedClientSeesAndSteersBots(t *testing.T) {
	w := start(t, bots(bot("a", streamed), bot("b", streamed)), nil, "b")
	w.awaitState("a", client.BotStateReady)
	w.awaitState("b", client.BotStateReady)
	all, err := w.api.ListBotsWithResponse(background, nil)
	must(t, err)
	if len(all.JSON200.Bots) != 2 || all.JSON200.Bots[0].Name != "a" || all.JSON200.Bots[0].Identities[0].BotId != "42" ||
		all.JSON200.Bots[0].Deliver != client.Stream || all.JSON200.Bots[0].Generation != 1 {
		t.Errorf("bots are %s", all.Body)
	}
	disabled, err := w.api.DisableBotWithResponse(background, "a")
	must(t, err)
	if disabled.StatusCode() != http.StatusAccepted || disabled.JSON202.PlatformState != client.BotPlatformStateDisabled {
		t.Errorf("disable: %s", disabled.Body)
	}
	if b := w.await("a",
		func(b *client.Bot) bool { return b.State == client.BotStateDisabled }); *b.Cause != client.Operator {
		t.Errorf("bot is %+v", b)
	}
	_, err = w.api.EnableBotWithResponse(background, "a")
	must(t, err)
	w.await("a", func(b *client.Bot) bool { return b.State == client.BotStateReady && b.Starts == 2 })
	_, err = w.api.ReconnectBotWithResponse(background, "a")
	must(t, err)
	w.await("a", func(b *client.Bot) bool { return b.State == client.BotStateReady && b.Starts == 3 })
	asleep, err := w.api.SleepBotWithResponse(background, "a")
	must(t, err)
	if !asleep.JSON200.Asleep {
		t.Errorf("sleep: %s", asleep.Body)
	}
	w.await("a", func(b *client.Bot) bool { return b.State == client.BotStateDormant && b.Asleep })
	_, err = w.api.WakeBotWithResponse(background, "a")
	must(t, err)
	w.await("a", func(b *client.Bot) bool { return b.State == client.BotStateReady && !b.Asleep && b.Starts == 3 })
	daemon, err := w.api.GetDaemonWithResponse(background)
	must(t, err)
	if !daemon.JSON200.Ready || daemon.JSON200.Version != "v0.0.0" || daemon.JSON200.Bots["connected"] != 2 {
		t.Errorf("daemon is %s", daemon.Body)
	}
}

func TestAGeneratedClientActs(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	w.awaitState("a", client.BotStateReady)
	sent, err := w.api.ActWithResponse(background, "a", &client.ActParams{Platform: ptr("telegram")},
		client.Action{Op: "send", ChatId: ptr("c1"), Content: ptr("hello"), AdditionalProperties: map[string]any{"parse_mode": "none"}})
	must(t, err)
	if sent.StatusCode() != http.StatusOK || !sent.JSON200.Success || *sent.JSON200.MessageId == "" {
		t.Errorf("result is %s", sent.Body)
	}
	followed, err := w.api.FollowUpWithResponse(background, "a", nil, client.FollowUp{SessionKey: "s", Kind: "telegram.x", Content: ptr("more"),
		Metadata: &map[string]any{"x": 1}})
	must(t, err)
	if followed.StatusCode() != http.StatusOK {
		t.Errorf("result is %s", followed.Body)
	}
	interrupted, err := w.api.InterruptWithResponse(background, "a", client.Interrupt{SessionKey: "s", Reason: ptr("stop")})
	must(t, err)
	if interrupted.StatusCode() != http.StatusAccepted {
		t.Errorf("interrupt: %s", interrupted.Body)
	}
	chat, err := w.api.GetChatWithResponse(background, "a", "c/1 ü", nil)
	must(t, err)
	if chat.StatusCode() != http.StatusOK || chat.JSON200.Name == "" {
		t.Errorf("chat is %s", chat.Body)
	}
	var ops []string
	for _, record := range w.connector.Outbound(0) {
		action, err := record.Action.MarshalJSON()
		must(t, err)
		ops = append(ops, string(action))
	}
	got := strings.Join(ops, "\n")
	for _, want := range []string{`"parse_mode":"none"`, `"op":"follow_up"`, `"metadata":{"x":1}`, `"chat_id":"c/1 ü"`} {
		if !strings.Contains(got, want) {
			t.Errorf("the connector did not get %s:\n%s", want, got)
		}
	}
}
