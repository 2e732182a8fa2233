package demo

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hermod/actors"
	"hermod/wire"
)

// hastyPlan is the standard one in a fraction of its time, with denser traffic.
func hastyPlan() plan {
	const haste = 8
	plan := standardPlan()
	for i := range plan.trouble {
		plan.trouble[i].at /= haste
	}
	plan.length /= haste
	plan.down /= haste
	plan.every /= 2             // a chat cannot be answered much faster
	plan.patience = time.Minute // a slow machine is no loss
	return plan
}

// testView keeps the last snapshot, and hands each to see.
type testView struct {
	see  func(snapshot)
	last snapshot
}

func (v *testView) open()    {}
func (v *testView) release() {}
func (v *testView) show(s snapshot) {
	if v.see != nil {
		v.see(s)
	}
}
func (v *testView) end(s snapshot) { v.last = s }

func newTestEvent(messageID string) *wire.Event {
	return &wire.Event{MessageID: messageID, MessageType: wire.TypeText, Text: "hi", Source: wire.Source{UserName: "ada"}}
}

func TestDemoBalancesAfterAllItsTrouble(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	view := &testView{}
	if err := watch(t.Context(), hastyPlan(), view); err != nil {
		t.Fatal(err)
	}
	account := view.last.account
	if account.deadLettered != 2 {
		t.Errorf("%d dead letters, want the undecodable one and the refused one", account.deadLettered)
	}
	for _, row := range view.last.rows {
		want := actors.Ready
		if row.status.Name == "whatsapp-shop" {
			want = actors.Disabled
		}
		if row.status.State != want || row.tally.handled == 0 {
			t.Errorf("%s is %s and handled %d events, want %s and some", row.status.Name, row.status.State, row.tally.handled, want)
		}
	}
	for _, part := range []string{
		"discord-main: socket cut", "discord-main: back after", "signal-home: undecodable, so a dead letter",
		"telegram-help: dead letter after 3 tries: order 0000 does not exist", "slack-ops: sleeps", "slack-ops: drained its backlog",
		"connector stopped", "4 bots are back", "whatsapp-shop: relay_disabled", "whatsapp-shop: a send fails at once",
	} {
		if !tells(view.last, part) {
			t.Errorf("the story lacks %q", part)
		}
	}
}

func TestDemoBalancesWhenItIsEndedInTheMiddleOfTrouble(t *testing.T) {
	for _, moment := range []string{"socket cut", "slack-ops: sleeps", "connector stopped", "slack-ops: woken"} {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			plan := hastyPlan()
			plan.hold = true
			err := watch(ctx, plan, &testView{see: func(s snapshot) {
				if tells(s, moment) {
					cancel()
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestDemoFailsWhenAnEventIsLost(t *testing.T) {
	plan := hastyPlan()
	plan.trouble, plan.length, plan.patience = nil, 100*time.Millisecond, 100*time.Millisecond
	d, err := newDemo(plan)
	if err != nil {
		t.Fatal(err)
	}
	n, id := d.ledger.number()
	d.ledger.inject("discord-main", n) // but nobody delivers it
	view := &testView{}
	err = d.run(t.Context(), view)
	if err == nil || !strings.Contains(err.Error(), "without a fate: "+id) {
		t.Errorf("run() = %v, want an error that names %s", err, id)
	}
	if view.last.account == nil {
		t.Error("the view was not given the account")
	}
}

func TestDemoLeavesNoFolderBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	plan := hastyPlan()
	plan.trouble, plan.length = nil, 0
	if err := watch(t.Context(), plan, &testView{}); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) != 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

func TestDemoRecordingsAreVariedEvents(t *testing.T) {
	recordings, err := loadRecordings()
	if err != nil {
		t.Fatal(err)
	}
	for _, bot := range standardPlan().bots {
		if len(recordings[bot.platform]) == 0 {
			t.Errorf("no recorded event of %s", bot.platform)
		}
	}
	seen := make(map[string]bool)
	total := 0
	for line := range bytes.Lines(recordedEvents) {
		event, err := wire.ParseEvent(line)
		if err != nil {
			t.Fatal(err)
		}
		total++
		seen[event.Source.ChatType], seen[string(event.MessageType)] = true, true
		seen["reply"] = seen["reply"] || event.Extras().ReplyTo != nil
		if event.Text == refusedText || seen[event.MessageID] {
			t.Errorf("%s is refused or recorded twice", event.MessageID)
		}
		seen[event.MessageID] = true
	}
	for _, what := range []string{"dm", "group", "thread", "text", "photo", "voice", "document", "command", "reply"} {
		if !seen[what] {
			t.Errorf("no recorded event is a %s", what)
		}
	}
	if total < 60 {
		t.Errorf("%d recorded events", total)
	}
}

func tells(s snapshot, part string) bool {
	for _, line := range s.story {
		if strings.Contains(line.text, part) {
			return true
		}
	}
	return false
}
