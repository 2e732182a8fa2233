package api_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
)

// namesOf follows the pages from a cursor on, and does something between them.
func (w *world) namesOf(limit int, between func()) (names []string) {
	w.t.Helper()
	var cursor *string
	for {
		page, err := w.api.ListBotsWithResponse(background, &client.ListBotsParams{Limit: &limit, Cursor: cursor})
		must(w.t, err)
		if page.JSON200 == nil || len(page.JSON200.Bots) > limit {
			w.t.Fatalf("answered %d %s", page.StatusCode(), page.Body)
		}
		for _, b := range page.JSON200.Bots {
			names = append(names, b.Name)
		}
		if cursor = page.JSON200.Next; cursor == nil {
			return names
		}
		between()
	}
}

func TestBotsAreListedInPages(t *testing.T) {
	var entries []string
	for _, name := range []string{"e", "a", "d", "b", "c"} {
		entries = append(entries, bot(name, "enabled: false, "+streamed))
	}
	w := start(t, bots(entries...), nil)
	for limit := 1; limit <= 6; limit++ {
		if got := strings.Join(w.namesOf(limit, func() {}), ""); got != "abcde" {
			t.Errorf("pages of %d are %s", limit, got)
		}
	}
	left := false
	got := w.namesOf(2, func() { // b, which the first page ends with, leaves
		if left {
			return
		}
		left = true
		w.write(bots(entries[0], entries[1], entries[2], entries[4]))
		for response := 0; response != http.StatusNotFound; {
			answer, _ := w.do(http.MethodGet, "/v1/bots/b", "")
			response = answer.StatusCode
		}
	})
	if strings.Join(got, "") != "abcde" {
		t.Errorf("with a bot that left in between: %v", got)
	}
	for _, limit := range []string{"0", "-1", "1001", "x", "1.5"} {
		response, body := w.do(http.MethodGet, "/v1/bots?limit="+limit, "")
		if response.StatusCode != http.StatusBadRequest || !strings.Contains(body, "invalid-limit") {
			t.Errorf("limit %s: %d %s", limit, response.StatusCode, body)
		}
	}
}

// pieces notes how much of an answer is handed over at a time.
type pieces struct {
	*httptest.ResponseRecorder
	largest, writes int
	fail            bool
}

func (p *pieces) Write(b []byte) (int, error) {
	p.largest, p.writes = max(p.largest, len(b)), p.writes+1
	if p.fail {
		return 0, context.DeadlineExceeded
	}
	return p.ResponseRecorder.Write(b)
}

func TestALongListIsWrittenAsItsReaderTakesIt(t *testing.T) {
	const many = 1200
	f, err := fleet.New(fleet.Options{})
	must(t, err)
	t.Cleanup(func() { _ = f.Close(context.Background()) })
	cfg := new(config.Config)
	for i := range many {
		cfg.Bots = append(cfg.Bots, &config.Bot{Name: fmt.Sprintf("bot-%04d", i), URL: "ws://127.0.0.1:9"})
	}
	_, err = f.Apply(cfg)
	must(t, err)
	mux, control := http.NewServeMux(), access.New(slog.New(slog.DiscardHandler))
	api.Mount(mux, api.Options{Fleet: f, Access: control, Logger: slog.New(slog.DiscardHandler)})
	served := control.Admit(access.NewRegister(true), access.Proxies{}, nil, mux)
	ask := func(query string, fail bool) *pieces {
		w := &pieces{ResponseRecorder: httptest.NewRecorder(), fail: fail}
		served.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/bots"+query, nil))
		return w
	}
	whole := ask("?limit=1000", false)
	var page struct{ Bots []client.Bot }
	must(t, json.Unmarshal(whole.Body.Bytes(), &page))
	if len(page.Bots) != 1000 || whole.largest > 64<<10 {
		t.Errorf("%d bots, %d bytes at a time", len(page.Bots), whole.largest)
	}
	if gone := ask("?limit=1000", true); gone.writes > 1 {
		t.Errorf("a reader that had gone was written to %d times", gone.writes)
	}
	must(t, json.Unmarshal(ask("", false).Body.Bytes(), &page))
	if len(page.Bots) != 500 {
		t.Errorf("%d bots without a limit", len(page.Bots))
	}
}
