package adapter_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"hermod/gateway/adapter"
	"hermod/wire"
)

var yesNo = []wire.PromptOption{{ID: "yes", Label: "Yes"}, {ID: "no", Label: "No", Style: "danger"}}

// clock is a time that a test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// counting fills buffers with the numbers from 1 on.
func counting() func([]byte) {
	var n uint64
	return func(b []byte) {
		n++
		var wide [8]byte
		binary.BigEndian.PutUint64(wide[:], n)
		copy(b, wide[8-len(b):])
	}
}

func press(promptID, optionID string) *wire.Event {
	response := fmt.Appendf(nil, `{"prompt_id":%q,"option_id":%q,"prompt_message_id":"m1"}`, promptID, optionID)
	return (&wire.Event{Text: "/" + optionID, MessageType: wire.TypeCommand}).SetExtras(wire.Extras{PromptResponse: response})
}

func pressWith(response string) *wire.Event {
	return new(wire.Event).SetExtras(wire.Extras{PromptResponse: []byte(response)})
}

func ask[T any](t *testing.T, p *adapter.Prompts[T], state T) string {
	t.Helper()
	_, id, err := p.Ask("c1", "approval", "Go on?", yesNo, state)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestPromptIsAskedAsTheProtocolSays(t *testing.T) {
	p := adapter.NewPrompts[string](adapter.PromptsConfig{Random: counting()})
	action, id, err := p.Ask("c1", "approval", "Go on?", yesNo, "")
	if err != nil {
		t.Fatal(err)
	}
	want := `{"op":"prompt","chat_id":"c1","prompt_kind":"approval","prompt_id":"000001.00000002","content":"Go on?",` +
		`"options":[{"id":"yes","label":"Yes"},{"id":"no","label":"No","style":"danger"}],"timeout_s":3600}`
	if got := string(action.AppendJSON(nil)); got != want || id != "000001.00000002" {
		t.Errorf("%s, id %s\nwant %s", got, id, want)
	}
}

func TestPromptIDsAreRandomByDefault(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{6}\.[0-9a-f]{8}$`)
	first := ask(t, adapter.NewPrompts[int](adapter.PromptsConfig{}), 1)
	second := ask(t, adapter.NewPrompts[int](adapter.PromptsConfig{}), 1)
	if !form.MatchString(first) || !form.MatchString(second) || first == second {
		t.Errorf("ids %q and %q", first, second)
	}
}

func TestAnswers(t *testing.T) {
	c := &clock{now: time.Unix(1_000_000, 0)}
	p := adapter.NewPrompts[string](adapter.PromptsConfig{Now: c.Now, Random: counting()})
	answered, late, unseen := ask(t, p, "deploy"), ask(t, p, "late"), ask(t, p, "unseen")
	other := adapter.NewPrompts[string](adapter.PromptsConfig{})
	foreign := ask(t, other, "theirs")
	p.Forget(unseen)

	for _, tt := range []struct {
		name    string
		event   *wire.Event
		after   time.Duration
		want    adapter.Verdict
		state   string
		noReply bool
	}{
		{name: "chat", event: &wire.Event{Text: "/yes"}, noReply: true},
		{name: "the first answer, just in time", event: press(answered, "yes"), after: 3600 * time.Second, want: adapter.Answered, state: "deploy"},
		{name: "a repeat", event: press(answered, "no"), want: adapter.Ignored},
		{name: "the first answer, too late", event: press(late, "yes"), after: time.Nanosecond, want: adapter.Expired},
		{name: "the second answer, too late", event: press(late, "yes"), want: adapter.Ignored},
		{name: "a prompt that nobody saw", event: press(unseen, "yes"), want: adapter.Ignored},
		{name: "another process's prompt", event: press(foreign, "yes"), want: adapter.Ignored},
		{name: "a prompt of ours that is not known", event: press("000001.ffffffff", "yes"), want: adapter.Expired},
		{name: "no option", event: press("000001.eeeeeeee", ""), want: adapter.Ignored},
		{name: "no ids", event: pressWith(`{}`), want: adapter.Ignored},
		{name: "ids of another type", event: pressWith(`{"prompt_id":[],"option_id":{}}`), want: adapter.Ignored},
	} {
		c.now = c.now.Add(tt.after)
		got, ok := p.Answer(tt.event)
		if ok == tt.noReply || got.Verdict != tt.want || got.State != tt.state {
			t.Errorf("%s: %v %+v, want %v and %q", tt.name, ok, got, tt.want, tt.state)
		}
		if got.Verdict == adapter.Answered && (got.PromptID != answered || got.OptionID != "yes" || got.MessageID != "m1") {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
	if got, _ := other.Answer(press(foreign, "no")); got.Verdict != adapter.Answered || got.State != "theirs" {
		t.Errorf("the process that asked gets %+v", got)
	}
}

func TestOldestOpenPromptGoesAtTheBound(t *testing.T) {
	p := adapter.NewPrompts[int](adapter.PromptsConfig{MaxOpen: 2, Random: counting()})
	first, second, third := ask(t, p, 1), ask(t, p, 2), ask(t, p, 3)
	for id, want := range map[string]adapter.Verdict{first: adapter.Expired, second: adapter.Answered,
		third: adapter.Answered} {
		if got, _ := p.Answer(press(id, "yes")); got.Verdict != want {
			t.Errorf("%s is %v, want %v", id, got.Verdict, want)
		}
	}
}

func TestExpiredPromptsMakeRoom(t *testing.T) {
	c := &clock{now: time.Unix(1_000_000, 0)}
	p := adapter.NewPrompts[int](adapter.PromptsConfig{Expiry: time.Minute, Now: c.Now, Random: counting()})
	old := ask(t, p, 1)
	c.now = c.now.Add(time.Minute + time.Second)
	ask(t, p, 2)
	c.now = c.now.Add(-time.Minute)
	if got, _ := p.Answer(press(old, "yes")); got.Verdict != adapter.Expired {
		t.Errorf("the prompt that had expired is %v", got.Verdict)
	}
}

func TestTheLast256ClosedPromptsAreRemembered(t *testing.T) {
	p := adapter.NewPrompts[int](adapter.PromptsConfig{Random: counting()})
	var ids []string
	for i := range 257 {
		ids = append(ids, ask(t, p, i))
		p.Answer(press(ids[i], "yes"))
	}
	if got, _ := p.Answer(press(ids[1], "yes")); got.Verdict != adapter.Ignored {
		t.Errorf("a repeat of the 256th last is %v", got.Verdict)
	}
	if got, _ := p.Answer(press(ids[0], "yes")); got.Verdict != adapter.Expired {
		t.Errorf("a repeat of the 257th last is %v", got.Verdict)
	}
}

func TestAFreshIDIsNeverOneInUse(t *testing.T) {
	draws := []byte{9, 1, 1, 1, 2} // the process, then the ids, one of them thrice
	p := adapter.NewPrompts[int](adapter.PromptsConfig{Random: func(b []byte) { b[0], draws = draws[0], draws[1:] }})
	first := ask(t, p, 1)
	p.Answer(press(first, "yes"))
	if second := ask(t, p, 2); first != "090000.01000000" || second != "090000.02000000" {
		t.Errorf("ids %s and %s", first, second)
	}
}

func TestOneOfManyAnswersAtOnceCounts(t *testing.T) {
	p := adapter.NewPrompts[int](adapter.PromptsConfig{})
	id := ask(t, p, 1)
	var wg sync.WaitGroup
	answered := make(chan adapter.Verdict, 16)
	for range cap(answered) {
		wg.Go(func() {
			if got, _ := p.Answer(press(id, "yes")); got.Verdict != adapter.Ignored {
				answered <- got.Verdict
			}
		})
	}
	wg.Wait()
	close(answered)
	if v, more := <-answered, len(answered); v != adapter.Answered || more != 0 {
		t.Errorf("%v, and %d more", v, more)
	}
}

func TestPromptRefusesAnOptionThatNoTokenCarries(t *testing.T) {
	p := adapter.NewPrompts[int](adapter.PromptsConfig{})
	_, _, err := p.Ask("c1", "choice", "Which?", []wire.PromptOption{{ID: "a"}, {ID: "b c"}}, 1)
	var bad *adapter.PromptIDError
	if !errors.As(err, &bad) || bad.ID != "b c" || !strings.Contains(err.Error(), "choose another") {
		t.Errorf("%v", err)
	}
}

func TestPromptToken(t *testing.T) {
	long := strings.Repeat("x", 32)
	for _, tt := range []struct{ promptID, optionID, want, problem string }{
		{promptID: "3fa9c1.0b5e77d2", optionID: "once", want: "hp1:3fa9c1.0b5e77d2:once"},
		{promptID: long, optionID: long[:27], want: "hp1:" + long + ":" + long[:27]},
		{promptID: long, optionID: long[:28], problem: "65 bytes"},
		{promptID: long + "x", optionID: "a", problem: "is not 1 to 32"},
		{promptID: "a", optionID: "", problem: "is not 1 to 32"},
		{promptID: "a", optionID: "b:c", problem: "is not 1 to 32"},
		{promptID: "a", optionID: "é", problem: "is not 1 to 32"},
	} {
		got, err := adapter.PromptToken(tt.promptID, tt.optionID)
		if got != tt.want || (err != nil) != (tt.problem != "") || err != nil && !strings.Contains(err.Error(), tt.problem) {
			t.Errorf("%q and %q: %q, %v", tt.promptID, tt.optionID, got, err)
		}
	}
}

func FuzzPromptToken(f *testing.F) {
	f.Add("hp1:abc.12345678:once")
	f.Add("hp1:a:b\n")
	f.Add("hp1::b")
	f.Add("hp1:a:b:c")
	form := regexp.MustCompile(`\Ahp1:[A-Za-z0-9_.-]{1,32}:[A-Za-z0-9_.-]{1,32}\z`)
	f.Fuzz(func(t *testing.T, token string) {
		promptID, optionID, ok := adapter.ParsePromptToken(token)
		if ok != form.MatchString(token) {
			t.Fatalf("%q is a token: %v", token, ok)
		}
		if !ok {
			return
		}
		again, err := adapter.PromptToken(promptID, optionID)
		if short := len(token) <= adapter.MaxPromptToken; short != (err == nil) || short && again != token {
			t.Errorf("%q is made as %q, %v", token, again, err)
		}
	})
}
