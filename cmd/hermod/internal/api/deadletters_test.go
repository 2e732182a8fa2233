package api_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/api/client"
)

// welcome is the text of events that a picky webhook always takes. They come between those that it refuses, so that it
// does not count as one that fails.
const welcome = "an event that is always taken"

// picky is a webhook that refuses everything else until it is told otherwise, and the ids of what it took then.
type picky struct {
	*httptest.Server
	takes atomic.Bool
	took  chan string
}

func newPicky(t *testing.T) *picky {
	t.Helper()
	p := &picky{took: make(chan string, 100)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		wantDelivery(t, body)
		if bytes.Contains(body, []byte(welcome)) {
			return
		}
		if !p.takes.Load() {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		p.took <- r.Header.Get("Webhook-Id")
	}))
	t.Cleanup(p.Close)
	return p
}

// refusing is the rest of a bot's entry that posts to the webhook, with little patience.
func (p *picky) refusing() string {
	return fmt.Sprintf("timing: {retry_delay: 1ms}, limits: {tries: 1}, "+
		"deliver: {webhook: {url: '%s', retry_for: 1ms, secret: {env: SIGNING}}}", p.URL)
}

// awaitLetters asks until so many dead letters are kept, and returns them.
func (w *world) awaitLetters(want int) []client.DeadLetter {
	w.t.Helper()
	for limit := time.Now().Add(patience); ; {
		page, err := w.api.ListDeadLettersWithResponse(background, nil)
		must(w.t, err)
		if len(page.JSON200.DeadLetters) == want && page.JSON200.Total == want {
			return page.JSON200.DeadLetters
		}
		if time.Now().After(limit) {
			w.t.Fatalf("dead letters are %s", page.Body)
		}
	}
}

// wantProblem judges an answer that is none.
func (w *world) wantProblem(method, path string, status int, kind, hint string) {
	w.t.Helper()
	response, body := w.do(method, path, "")
	var p struct{ Type, Hint string }
	must(w.t, json.Unmarshal([]byte(body), &p))
	if response.StatusCode != status || p.Type != "urn:hermod:problem:"+kind || !strings.Contains(p.Hint, hint) {
		w.t.Errorf("%s %s: %d %s", method, path, response.StatusCode, body)
	}
}

func TestADeadLetterIsLookedAtReplayedAndDiscarded(t *testing.T) {
	p := newPicky(t)
	w := start(t, bots(bot("a", p.refusing())), nil)
	for n := range 3 {
		w.inject("a", fmt.Sprint("c", n), fmt.Sprint("m", n), fmt.Sprint("text ", n))
	}
	letters := w.awaitLetters(3)
	w.awaitBuffered("a", 0)
	first := "/v1/dead-letters/" + letters[0].Id
	shown, err := w.api.GetDeadLetterWithResponse(background, letters[0].Id)
	must(t, err)
	l := shown.JSON200
	if l.Bot != "a" || l.Kind != client.DeadLetterKindInbound || l.Tries < 1 || !strings.Contains(l.Cause, "422") ||
		l.Record == nil || l.Record.Id != l.Id || letters[0].Record != nil {
		t.Errorf("letter is %s", shown.Body)
	}
	w.wantProblem(http.MethodPost, first+"/replay", http.StatusBadGateway, "replay-failed", "repair what takes")
	if again, _ := w.api.GetDeadLetterWithResponse(background, l.Id); again.JSON200.Tries != l.Tries+1 {
		t.Errorf("letter is %s", again.Body)
	}
	p.takes.Store(true)
	replayed, err := w.api.ReplayDeadLetterWithResponse(background, l.Id)
	must(t, err)
	if id := <-p.took; replayed.JSON200 == nil || id != l.Id {
		t.Errorf("%s; posted as %s", replayed.Body, id)
	}
	discarded, err := w.api.DiscardDeadLetterWithResponse(background, letters[1].Id)
	must(t, err)
	if discarded.JSON200 == nil {
		t.Errorf("discard: %s", discarded.Body)
	}
	for _, l := range letters[:2] {
		path := "/v1/dead-letters/" + l.Id
		w.wantProblem(http.MethodGet, path, http.StatusNotFound, "dead-letter-not-found", "list those that are kept")
		w.wantProblem(http.MethodPost, path+"/replay", http.StatusNotFound, "dead-letter-not-found", "")
		w.wantProblem(http.MethodPost, path+"/discard", http.StatusNotFound, "dead-letter-not-found", "")
	}
	w.awaitLetters(1)
	daemon, err := w.api.GetDaemonWithResponse(background)
	must(t, err)
	if daemon.JSON200.DeadLetters != 1 || daemon.JSON200.StateKept || len(p.took) != 0 {
		t.Errorf("daemon is %s", daemon.Body)
	}
}

func TestALetterOfABotThatDoesNotRunWaits(t *testing.T) {
	p := newPicky(t)
	w := start(t, bots(bot("a", p.refusing())), nil)
	w.inject("a", "c1", "m1", "hi")
	l := w.awaitLetters(1)[0]
	_, err := w.api.DisableBotWithResponse(background, "a")
	must(t, err)
	w.awaitState("a", client.BotStateDisabled)
	w.wantProblem(http.MethodPost, "/v1/dead-letters/"+l.Id+"/replay", http.StatusConflict, "bot-not-running", "enable or repair")
	w.awaitLetters(1)
}

func TestALetterIsReplayedInTheWayThatTheBotDeliversNow(t *testing.T) {
	p := newPicky(t)
	w := start(t, bots(bot("a", p.refusing())), nil)
	w.inject("a", "c1", "m1", "hi")
	l := w.awaitLetters(1)[0]
	w.write(bots(bot("a", streamed)))
	w.await("a", func(b *client.Bot) bool { return b.Deliver == client.Stream && b.State == client.BotStateReady })
	replayed := make(chan string, 1)
	go func() {
		_, body := w.do(http.MethodPost, "/v1/dead-letters/"+l.Id+"/replay", "")
		replayed <- body
	}()
	stream := w.open(background, http.MethodGet, "/v1/bots/a/events", "", "Accept", "application/x-ndjson")
	defer func() { _ = stream.Body.Close() }()
	line, err := bufio.NewReader(stream.Body).ReadString('\n')
	must(t, err)
	if !strings.Contains(line, l.Id) || !strings.Contains(line, `"text":"hi"`) {
		t.Errorf("the stream has %s", line)
	}
	_, _ = w.do(http.MethodPost, "/v1/bots/a/acks", fmt.Sprintf(`{"ids":[%q]}`, l.Id))
	if body := <-replayed; !strings.Contains(body, `"delivered":true`) {
		t.Errorf("replay: %s", body)
	}
	w.awaitLetters(0)
}

func TestAReplayToAProcessWaitsForItsAcknowledgement(t *testing.T) {
	p := newPicky(t)
	w := start(t, bots(bot("a", p.refusing())), nil)
	w.inject("a", "c1", "m1", "hi")
	l := w.awaitLetters(1)[0]
	seen := filepath.Join(t.TempDir(), "crashed")
	isNew(seen) // so that the process does not crash
	w.write(bots(bot("a", processed(true, "crash", seen))))
	w.await("a", func(b *client.Bot) bool { return b.Deliver == client.Process && b.State == client.BotStateReady })
	replayed, err := w.api.ReplayDeadLetterWithResponse(background, l.Id)
	must(t, err)
	if said := w.awaitSaid(1); replayed.JSON200 == nil || said != l.Id {
		t.Errorf("replay: %s; the process got %s", replayed.Body, said)
	}
	w.awaitLetters(0)
}

func TestDeadLettersHavePagesAndAnExport(t *testing.T) {
	p := newPicky(t)
	w := start(t, bots(bot("a", p.refusing()), bot("b", p.refusing())), nil, "b")
	for n := range 10 {
		name := []string{"a", "b"}[n%2]
		w.inject(name, "c", fmt.Sprint("m", n), "hi")
		w.inject(name, "c", fmt.Sprint("w", n), welcome)
	}
	all := w.awaitLetters(10)
	var paged []string
	for params := (&client.ListDeadLettersParams{Limit: ptr(3)}); ; {
		page, err := w.api.ListDeadLettersWithResponse(background, params)
		must(t, err)
		for _, l := range page.JSON200.DeadLetters {
			paged = append(paged, l.Id)
		}
		if params.Cursor = page.JSON200.Next; params.Cursor == nil {
			break
		}
	}
	if len(paged) != 10 || paged[0] != all[0].Id || paged[9] != all[9].Id {
		t.Errorf("pages have %v", paged)
	}
	response, body := w.do(http.MethodGet, "/v1/dead-letters/export?bot=b", "")
	lines := strings.Split(strings.TrimSpace(body), "\n")
	if response.Header.Get("Content-Type") != "application/x-ndjson" || len(lines) != 5 {
		t.Errorf("the export has %d lines", len(lines))
	}
	for _, line := range lines {
		var l client.DeadLetter
		must(t, json.Unmarshal([]byte(line), &l))
		if l.Bot != "b" || l.Record == nil || l.Record.Id != l.Id {
			t.Errorf("the export has %s", line)
		}
	}
	w.wantProblem(http.MethodGet, "/v1/dead-letters?limit=0", http.StatusBadRequest, "invalid-limit", "follow next")
	w.wantProblem(http.MethodGet, "/v1/dead-letters?cursor=x", http.StatusBadRequest, "invalid-cursor", "leave it out")
	w.wantProblem(http.MethodGet, "/v1/dead-letters/evt_none", http.StatusNotFound, "dead-letter-not-found", "")
}

func TestAWebhookThatIsGoneLosesNothingWhereThereIsAStateFolder(t *testing.T) {
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusGone)
	}))
	t.Cleanup(gone.Close)
	p := &picky{Server: gone}
	w := startIn(t, filepath.Join(t.TempDir(), "state"), bots(bot("a", p.refusing())))
	w.inject("a", "c1", "m1", "hi")
	w.awaitBuffered("a", 0)
	if l := w.awaitLetters(1)[0]; !strings.Contains(l.Cause, "410 Gone") {
		t.Errorf("letter is %+v", l)
	}
}

func TestAnOrderOutlivesTheDaemon(t *testing.T) {
	w := startIn(t, filepath.Join(t.TempDir(), "state"), bots(bot("a", streamed), bot("b", streamed)), "b")
	w.awaitState("a", client.BotStateReady)
	for _, name := range []string{"a", "b"} {
		disabled, err := w.api.DisableBotWithResponse(background, name)
		must(t, err)
		if disabled.StatusCode() != http.StatusAccepted {
			t.Errorf("disable: %s", disabled.Body)
		}
	}
	_, err := w.api.EnableBotWithResponse(background, "b")
	must(t, err)
	w.end()
	w.run()
	w.awaitState("b", client.BotStateReady)
	disabled := func(b *client.Bot) bool { return b.State == client.BotStateDisabled }
	if b := w.await("a", disabled); *b.Cause != client.Operator || b.Starts != 0 {
		t.Errorf("bot is %+v", b)
	}
	daemon, err := w.api.GetDaemonWithResponse(background)
	must(t, err)
	if !daemon.JSON200.StateKept {
		t.Errorf("daemon is %s", daemon.Body)
	}
}
