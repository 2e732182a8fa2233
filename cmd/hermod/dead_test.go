package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/remote"
)

// refusing is a webhook that refuses what it is not told to take, by the id.
type refusing struct {
	*httptest.Server
	mu    sync.Mutex
	takes func(id string) bool
	took  []string
}

// welcome is the text of events that the webhook always takes. They come between those that it refuses, so that it does
// not count as one that fails.
const welcome = "an event that is always taken"

// failed runs a daemon whose bots have dead letters, so many of each.
func failed(t *testing.T, letters int, bots ...string) (*manned, *refusing, []client.DeadLetter) {
	t.Helper()
	r := &refusing{takes: func(string) bool { return false }}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if body, _ := io.ReadAll(request.Body); bytes.Contains(body, []byte(welcome)) {
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if id := request.Header.Get("Webhook-Id"); r.takes(id) {
			r.took = append(r.took, id)
			return
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
	}))
	t.Cleanup(r.Close)
	m := man(t, bots...)
	m.head = strings.Replace(m.head, "deliver: {stream: {}}", fmt.Sprintf("limits: {tries: 1}, deliver: {webhook: {url: '%s', retry_for: 1ns, secret: {env: S2}}}", r.URL), 1)
	m.write(bots...)
	for strings.Contains(m.await(0, "status", "--json"), `"deliver": "stream"`) {
	}
	for n := range letters {
		for _, bot := range bots {
			for _, text := range []string{fmt.Sprintf(`text\u001b[31m %d`, n), fmt.Sprint(welcome, n)} {
				_, err := m.connector.Inject(bot, fmt.Appendf(nil, `{"text":"%s","message_id":"%s","source":{"platform":"discord","chat_id":"c"}}`, text, text))
				must(t, err)
			}
		}
	}
	for limit := time.Now().Add(patience); ; {
		var listed client.DeadLetters
		must(t, json.Unmarshal([]byte(m.await(0, "dead", "list", "--all", "--json")), &listed))
		if listed.Total == letters*len(bots) {
			return m, r, listed.DeadLetters
		}
		if time.Now().After(limit) {
			t.Fatalf("dead letters are %+v", listed)
		}
	}
}

// take has the webhook take what it is asked to.
func (r *refusing) take(which func(id string) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.takes = which
}

func TestDeadLettersAreListedShownAndExported(t *testing.T) {
	m, _, letters := failed(t, 2, "a", "b")
	table := m.await(0, "dead", "list")
	if lines := strings.Split(table, "\n"); !strings.HasPrefix(lines[0], "ID ") || !strings.Contains(lines[1], "422") ||
		!strings.Contains(table, "4 dead letters; they are forgotten when the daemon ends") {
		t.Errorf("printed\n%s", table)
	}
	if table := m.await(0, "dead", "list", "--bot", "a"); strings.Count(table, "evt_") != 2 || !strings.Contains(table, "2 of 4 dead letters") {
		t.Errorf("printed\n%s", table)
	}
	shown := m.await(0, "dead", "show", letters[0].Id)
	if !strings.Contains(shown, letters[0].Id) || !strings.Contains(shown, "\n"+`    "text": "text\u001b[31m 1"`) || strings.Contains(shown, "\x1b") {
		t.Errorf("printed\n%s", shown)
	}
	var one client.DeadLetter
	must(t, json.Unmarshal([]byte(m.await(0, "dead", "show", letters[0].Id, "--json")), &one))
	if one.Record == nil || one.Record.Id != letters[0].Id {
		t.Errorf("printed %+v", one)
	}
	if lines := strings.Split(strings.TrimSpace(m.await(0, "dead", "export", "--bot", "b")), "\n"); len(lines) != 2 || !json.Valid([]byte(lines[0])) {
		t.Errorf("exported %q", lines)
	}
}

func TestDeadLettersAreReplayedTheOldestFirstUntilOneOfTheBotFails(t *testing.T) {
	m, r, letters := failed(t, 3, "a", "b")
	var ofA, ofB []string // the oldest first
	for _, l := range letters {
		if l.Bot == "a" {
			ofA = append([]string{l.Id}, ofA...)
		} else {
			ofB = append([]string{l.Id}, ofB...)
		}
	}
	r.take(func(id string) bool { return id != ofA[1] })
	code, stdout, stderr := runHermod(t, "", "dead", "replay", "--all", "--yes")
	if code != cli.ExitFailure || strings.Count(stdout, " replayed\n") != 4 || strings.Count(stderr, ofA[1]) != 1 ||
		!strings.Contains(stderr, "2 of 6 dead letters could not be replayed") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	took := strings.Join(r.took, " ")
	if !strings.Contains(took, ofA[0]) || strings.Contains(took, ofA[2]) ||
		strings.Index(took, ofB[0]) > strings.Index(took, ofB[2]) {
		t.Errorf("replayed %s", took)
	}
	if out := m.await(0, "dead", "replay", ofA[2]); out != ofA[2]+" replayed\n" {
		t.Errorf("printed %q", out)
	}
	var results []outcome
	must(t, json.Unmarshal([]byte(m.await(cli.ExitFailure, "dead", "replay", "--bot", "a", "--yes", "--json")), &results))
	if len(results) != 1 || results[0].OK || results[0].ID != ofA[1] || !strings.Contains(results[0].Error, "422") {
		t.Errorf("results are %+v", results)
	}
}

func TestDeadLettersAreDiscarded(t *testing.T) {
	m, _, letters := failed(t, 3, "a")
	if out := m.await(0, "dead", "discard", letters[1].Id); out != letters[1].Id+" discarded\n" {
		t.Errorf("printed %q", out)
	}
	if code, _, stderr := runHermod(t, "", "dead", "show", letters[1].Id); code != remote.ExitUnknown || !strings.Contains(stderr, "replayed, discarded or dropped") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	m.await(0, "dead", "discard", "--all", "--yes")
	if out := m.await(0, "dead", "list"); out != "0 dead letters\n" {
		t.Errorf("printed %q", out)
	}
	if out := m.await(0, "dead", "replay", "--all"); out != "" {
		t.Errorf("printed %q", out)
	}
}

func TestDeadLettersAreNotSettledByMistake(t *testing.T) {
	m, _, letters := failed(t, 1, "a")
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"nobody could be asked":   {[]string{"dead", "discard", "--all"}, "this would discard 1 dead letter; give --yes"},
		"nothing is named":        {[]string{"dead", "replay"}, "give either ids, --bot or --all"},
		"ids and all are named":   {[]string{"dead", "discard", letters[0].Id, "--all"}, "give either ids, --bot or --all"},
		"all and a bot are named": {[]string{"dead", "discard", "--bot", "a", "--all"}, "give either ids, --bot or --all"},
	} {
		if code, _, stderr := runHermod(t, "", tc.args...); code != cli.ExitUsage || !strings.Contains(stderr, tc.want) {
			t.Errorf("%s: exit code %d: %s", name, code, stderr)
		}
	}
	if table := m.await(0, "dead", "list"); !strings.Contains(table, "1 dead letter;") {
		t.Errorf("printed\n%s", table)
	}
}

func TestCommandsAboutDeadLettersNeedADaemon(t *testing.T) {
	for _, args := range [][]string{{"list"}, {"show", "x"}, {"replay", "x"}, {"discard", "x"}, {"export"}} {
		code, stdout, stderr := runHermod(t, "", append(append([]string{"dead"}, args...), "--url", "http://127.0.0.1:1")...)
		if code != remote.ExitUnreachable || stdout != "" || !strings.Contains(stderr, "hermod run") {
			t.Errorf("%v: exit code %d: %s%s", args, code, stdout, stderr)
		}
	}
}
