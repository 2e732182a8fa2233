package top

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var testNow = time.Date(2026, 3, 1, 14, 3, 7, 0, time.UTC)

// told has a fleet take events, each "kind data".
func told(f *roster, at time.Time, events ...string) {
	for _, event := range events {
		kind, data, _ := strings.Cut(event, " ")
		f.take(eventMsg{kind: kind, data: []byte(data)}, at)
	}
}

func figuresAt(at time.Time, figures string) string {
	return fmt.Sprintf(`figures {"at":%q,"bots":{%s}}`, at.Format(time.RFC3339Nano), figures)
}

func TestTopMakesRatesOfCountersThatGrowAndBeginAnew(t *testing.T) {
	var f roster
	told(&f, testNow, `status {"name":"a","platform_state":"connected"}`, `synced {}`)
	for i, step := range []struct{ in, out, rate int }{{1000, 500, 0}, {1010, 505, 15}, {1010, 505, 0}, {4, 1, 5}} {
		now := testNow.Add(time.Duration(i) * figuresInterval)
		told(&f, now, figuresAt(now, fmt.Sprintf(`"a":[%d,%d,7,9,0,0]`, step.in, step.out)))
		if got := f.bots["a"].traffic.at(f.tick); got != float64(step.rate) {
			t.Errorf("step %d: %v frames/s, want %d", i, got, step.rate)
		}
	}
	if b := f.bots["a"]; b.Pending != 7 || b.Queued != 9 {
		t.Errorf("pending %d, queued %d", b.Pending, b.Queued)
	}
}

func TestTopTellsSecondsWithoutFiguresAsSecondsWithoutTraffic(t *testing.T) {
	var f roster
	told(&f, testNow, `status {"name":"a","platform_state":"connected"}`, `synced {}`, figuresAt(testNow, `"a":[0,0,0,0,0,0]`))
	busy := testNow.Add(10 * figuresInterval)
	told(&f, busy, figuresAt(busy, `"a":[30,0,0,0,0,0]`))
	b := f.bots["a"]
	if got := b.traffic.at(f.tick); got != 30 {
		t.Errorf("%v frames/s in the second that had some, want 30", got)
	}
	if got := b.traffic.at(f.tick - 1); got != 0 {
		t.Errorf("%v frames/s in a second that had none", got)
	}
	if got, want := f.present(busy.Add(5*figuresInterval+figuresInterval/2)), f.tick+5; got != want {
		t.Errorf("five seconds later it is tick %d, want %d", got, want)
	}
	if got := b.traffic.spark(f.present(busy.Add(2*window*figuresInterval)), 8); got != strings.Repeat("▁", 8) {
		t.Errorf("two minutes later the sparkline is %s", got)
	}
}

func TestTopForgetsBotsThatLeftWhileItWasAway(t *testing.T) {
	var f roster
	told(&f, testNow, `status {"name":"a"}`, `status {"name":"b"}`, `status {"name":"c"}`, `synced {}`, `removed {"name":"c"}`)
	f.restart()
	told(&f, testNow, `status {"name":"b"}`)
	if len(f.bots) != 2 {
		t.Errorf("%d bots before all were told", len(f.bots))
	}
	told(&f, testNow, `synced {}`)
	if _, kept := f.bots["b"]; !kept || len(f.bots) != 1 {
		t.Errorf("bots are %v", f.bots)
	}
}

func TestTopSearchesWhatTheListShows(t *testing.T) {
	var f roster
	told(&f, testNow, `status {"name":"a","identities":[{"platform":"telegram","bot_id":"X7"}],"platform_state":"connected"}`,
		`status {"name":"b","error":"connection refused","platform_state":"retrying"}`, `synced {}`)
	for query, want := range map[string][]string{"": {"a", "b"}, "x7 TELE": {"a"}, "refused": {"b"}, "x7 refused": nil, "retrying": {"b"}} {
		var names []string
		for _, b := range f.choose(filter{query: query}, 0) {
			names = append(names, b.Name)
		}
		if !slices.Equal(names, want) {
			t.Errorf("%q finds %v, want %v", query, names, want)
		}
	}
}

func TestTopLeavesOutWhatItCannotRead(t *testing.T) {
	var f roster
	told(&f, testNow, "status {", "figures []", "removed 1", "daemon x", "other {}", `figures {"bots":{"nobody":[1,2,3,4,5,6]}}`)
	if len(f.bots) != 0 {
		t.Errorf("bots are %v", f.bots)
	}
}

func TestTopTellsOfABotThatIsConnectedAndDoesNotDeliver(t *testing.T) {
	var f roster
	told(&f, testNow, `status {"name":"a","platform_state":"connected","error":"over now","hint":"nothing to do",`+
		`"delivery":{"error":"exit status 3","hint":"repair it"}}`, `synced {}`)
	b := f.bots["a"]
	if trouble(b) != "deliveries fail: exit status 3" || remedy(b) != "repair it" || !b.has([]string{"status 3"}) {
		t.Errorf("trouble is %q, remedy %q", trouble(b), remedy(b))
	}
}
