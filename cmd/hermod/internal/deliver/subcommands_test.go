package deliver

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire"
)

func slackCommand(t *testing.T) *actors.Inbound {
	t.Helper()
	event, err := wire.ParseEvent([]byte(`{"text":"/hermes model gpt","message_type":"command","message_id":"171.1",` +
		`"source":{"platform":"slack","chat_id":"D1"}}`))
	must(t, err)
	return &actors.Inbound{Event: event, SessionKey: "s", BufferID: "7", Try: 1}
}

func TestASubcommandOnSlackIsPostedAndKeptAsTheCommandThatItNames(t *testing.T) {
	withReceiver(t, always(http.StatusUnprocessableEntity), func(r *receiver) {
		r.retryFor, r.subcommands = time.Hour, []string{"model"}
		kept := r.keepIn(t, t.TempDir())
		must(t, r.DeadLetter(background, r.give(t, slackCommand(t))))
		posted, letter := r.got[0].body, strings.TrimSpace(string(only(t, kept).Record))
		if !strings.Contains(posted, `"derived":{"text":"/model gpt","message_type":"command"`) || letter != posted {
			t.Errorf("posted %s\nkept %s", posted, letter)
		}
	})
}

func TestEachWayOfDeliveryKnowsTheSubcommandsOfItsBot(t *testing.T) {
	f, err := fleet.New(fleet.Options{})
	must(t, err)
	ways := New(16)
	defer ways.Close()
	bot := &config.Bot{Name: "0", Session: &config.Session{SlackSubcommands: []string{"model"}}, Deliver: config.Deliver{
		Webhook: &config.Webhook{URL: "http://receiver.test", Secret: &config.Secret{Value: signing}},
		Process: &config.Process{Command: []string{"cat"}}}}
	target := fleet.Target{Bot: unstarted(t, f, 1)[0], Config: bot, Logger: discard, Report: func(fleet.Health) {}}
	for way, make := range ways.Deliverers() {
		if way == config.KindRelay {
			continue // a gateway behind Hermod gets what came
		}
		d, err := make(background, target)
		must(t, err)
		var known []string
		switch d := d.(type) {
		case *webhook:
			known = d.subcommands
		case *streamed:
			known = d.subcommands
		case *process:
			known = d.subcommands
		}
		if !slices.Equal(known, []string{"model"}) {
			t.Errorf("%s knows %q", way, known)
		}
		must(t, d.Close(background))
	}
	must(t, f.Close(background))
}
