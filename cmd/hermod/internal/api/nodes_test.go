package api_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/api"
)

var spread = places{"a1": "a", "a2": "a", "b1": "b", "b2": "b", "c1": "c", "none": "-", "off": "off"}

const spreadShown = "a1@a disabled/disabled, a2@a disabled/disabled, b1@b disabled/disabled, b2@b disabled/disabled, " +
	"c1@c disabled/disabled, none@ unassigned/retrying, off@ disabled/disabled"

func TestEveryNodeListsTheBotsOfAllInPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, spread, "a", "b", "c")
		for _, node := range []string{"a", "b", "c"} {
			for limit := 1; limit <= 8; limit++ {
				var all []api.Bot
				for cursor, more := "", true; more; more = cursor != "" {
					_, p := ask[page](t, w.client(node), http.MethodGet, "/v1/bots?limit="+string(rune('0'+limit))+"&cursor="+cursor)
					if len(p.Bots) > limit {
						t.Fatalf("a page of %d has %d bots", limit, len(p.Bots))
					}
					all, cursor = append(all, p.Bots...), p.Next
				}
				if got := shownBots(all); got != spreadShown {
					t.Errorf("pages of %d at %s: %s", limit, node, got)
				}
				if all[0].Epoch != 1 || all[0].Identities[0].Platform != "telegram" {
					t.Errorf("the first is %+v", all[0])
				}
				if none := all[5]; none.Identities[0].Platform != "described" || none.Error == "" || none.Hint == "" {
					t.Errorf("a bot without a node is %+v", none)
				}
			}
		}
	})
}

func TestANodeIsAskedForNoMoreThanThePageNeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, spread, "a", "b", "c")
		ask[page](t, w.client("a"), http.MethodGet, "/v1/bots?limit=1&cursor=b1")
		if len(w.asked) != 1 || w.asked[0] != "b /v1/bots?cursor=b1&limit=1000&until=b2" {
			t.Errorf("asked %q", w.asked)
		}
	})
}

func TestNodesThatDoNotAnswerCostTwoSecondsAndTheirBotsAreUnknown(t *testing.T) {
	for name, answer := range map[string]func(context.Context) (io.ReadCloser, error){
		"hangs": hang,
		"falls silent": func(ctx context.Context) (io.ReadCloser, error) {
			from, to := io.Pipe()
			context.AfterFunc(ctx, func() { _ = to.CloseWithError(ctx.Err()) })
			return from, nil
		},
		"answers nonsense": func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("nonsense\n")), nil
		},
		"breaks off": func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader(`{"name":"b0"}`+"\n"), badReader{})), nil
		},
		"has rows of any length": func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(`{"name":"b1","error":"` + strings.Repeat("x", 2<<20) + `"}`)), nil
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newNodes(t, spread, "a", "b", "c")
			w.instead("b", answer)
			w.instead("c", answer)
			begun := time.Now()
			_, p := ask[page](t, w.client("a"), http.MethodGet, "/v1/bots")
			limit := 2 * time.Second
			if name == "falls silent" { // the one after the other
				limit = 4 * time.Second
			}
			if took := time.Since(begun); took > limit {
				t.Errorf("%s: it took %v", name, took)
			}
			want := strings.NewReplacer("b disabled/disabled", "b unknown/unknown", "c disabled/disabled", "c unknown/unknown").
				Replace(spreadShown)
			if got := shownBots(p.Bots); got != want {
				t.Errorf("%s: %s", name, got)
			}
			if b := p.Bots[2]; b.Error != "node b does not answer" || b.Hint == "" {
				t.Errorf("%s: its bot is %+v", name, b)
			}
		})
	}
}

type badReader struct{}

func (badReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

func TestABotThatItsNodeDoesNotHaveYetIsStarting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, places{"a1": "a", "b1": "b"}, "a", "b")
		w.place(2, places{"a1": "b", "b1": "b"})
		_, p := ask[page](t, w.client("b"), http.MethodGet, "/v1/bots")
		if got := shownBots(p.Bots); got != "a1@b starting/retrying, b1@b disabled/disabled" {
			t.Errorf("b shows %s", got)
		}
		_, p = ask[page](t, w.client("a"), http.MethodGet, "/v1/bots")
		if got := shownBots(p.Bots); got != "a1@b starting/retrying, b1@b disabled/disabled" {
			t.Errorf("a, which has it still, shows %s", got)
		}
	})
}

func TestAReaderOfThePageThatStopsHoldsNothingOfOtherNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, spread, "a", "b", "c")
		gone := &pieces{ResponseRecorder: httptest.NewRecorder(), fail: true}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/bots", nil)
		r.Header.Set("Authorization", "Bearer mine")
		w.client("a").ServeHTTP(gone, r) // synctest finds what is left behind
	})
}

func TestEveryNodeShowsOneBotOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, spread, "a", "b", "c")
		for path, want := range map[string]string{"a1": "a1@a disabled/disabled", "b1": "b1@b disabled/disabled",
			"none": "none@ unassigned/retrying", "off": "off@ disabled/disabled"} {
			status, b := ask[api.Bot](t, w.client("a"), http.MethodGet, "/v1/bots/"+path)
			if got := shownBots([]api.Bot{b}); status != http.StatusOK || got != want {
				t.Errorf("%s is answered %d %s", path, status, got)
			}
		}
		if status, _ := ask[map[string]any](t, w.client("a"), http.MethodGet, "/v1/bots/nobody"); status != http.StatusNotFound {
			t.Errorf("a bot that is not there is answered %d", status)
		}
		w.instead("b", hang)
		begun := time.Now()
		_, b := ask[api.Bot](t, w.client("a"), http.MethodGet, "/v1/bots/b1")
		if got := shownBots([]api.Bot{b}); got != "b1@b unknown/unknown" || time.Since(begun) != 2*time.Second {
			t.Errorf("of a silent node %s, after %v", got, time.Since(begun))
		}
	})
}

// Whoever has the bot may die behind the answer, and another node may just be starting it.
func TestTheStoreKnowsThatABotIsDisabledBeforeTheOperatorDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, places{"here": "a", "there": "b", "none": "-", "off": "off"}, "a", "b")
		for _, bot := range []string{"here", "there", "none", "off"} {
			w.orders = nil
			status, b := ask[api.Bot](t, w.client("a"), http.MethodPost, "/v1/bots/"+bot+"/disable")
			if status != http.StatusAccepted || b.State != "disabled" || b.Cause != "operator" {
				t.Errorf("%s is answered %d %+v", bot, status, b)
			}
			if want := []string{bot + " off: true"}; !slices.Equal(w.orders, want) {
				t.Errorf("the store was told %v, want %v", w.orders, want)
			}
		}
		w.orders = nil
		status, _ := ask[api.Bot](t, w.client("a"), http.MethodPost, "/v1/bots/here/enable")
		if want := []string{"here off: false"}; status != http.StatusAccepted || !slices.Equal(w.orders, want) {
			t.Errorf("enable is answered %d, and the store was told %v, want %v", status, w.orders, want)
		}
	})
}

func TestAnOrderThatTheStoreDoesNotTakeIsNoOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, places{"refused": "a", "hangs": "a"}, "a")
		for _, path := range []string{"refused/disable", "refused/enable", "hangs/disable", "hangs/enable"} {
			begun := time.Now()
			status, p := ask[map[string]any](t, w.client("a"), http.MethodPost, "/v1/bots/"+path)
			if status != http.StatusServiceUnavailable || p["type"] != "urn:hermod:problem:cluster-unreachable" {
				t.Errorf("%s is answered %d %v", path, status, p)
			}
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("%s took %v", path, took)
			}
		}
	})
}

func TestTheDaemonCountsTheBotsOfAllNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, spread, "a", "b", "c")
		w.instead("b", hang)
		begun := time.Now()
		_, d := ask[api.Daemon](t, w.client("a"), http.MethodGet, "/v1/daemon")
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
		if d.Node != "a" || d.Version != "a" {
			t.Errorf("the daemon is %+v", d)
		}
		nodes, err := json.Marshal(d.Nodes)
		must(t, err)
		want := `[{"name":"a","address":"a:7070","version":"1","state":"member","bots":2,"lacks":2,"states":{"disabled":2}},` +
			`{"name":"b","address":"b:7070","version":"1","state":"silent","bots":2,"lacks":2},` +
			`{"name":"c","address":"c:7070","version":"1","state":"draining","bots":1,"lacks":2,"states":{"disabled":1}}]`
		if string(nodes) != want {
			t.Errorf("the nodes are\n%s, want\n%s", nodes, want)
		}
		if len(d.Bots) != 3 || d.Bots["disabled"] != 4 || d.Bots["retrying"] != 1 || d.Bots["unknown"] != 2 {
			t.Errorf("the bots are %v", d.Bots)
		}
	})
}

func TestALimitedClientSeesItsOwnBotsOfEveryNodeAndNoOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, spread, "a", "b", "c")
		mine := w.client("a", "b1", "off", "a2")
		_, p := ask[page](t, mine, http.MethodGet, "/v1/bots")
		if got := shownBots(p.Bots); got != "a2@a disabled/disabled, b1@b disabled/disabled, off@ disabled/disabled" {
			t.Errorf("the list is %s", got)
		}
		_, d := ask[api.Daemon](t, mine, http.MethodGet, "/v1/daemon")
		if d.Bots["disabled"] != 3 || len(d.Bots) != 1 || d.Nodes[1].Bots != 1 || d.Nodes[2].Bots != 0 {
			t.Errorf("the daemon is %+v", d)
		}
		if status, _ := ask[map[string]any](t, mine, http.MethodGet, "/v1/bots/b2"); status != http.StatusForbidden {
			t.Errorf("the bot of another is answered %d", status)
		}
		text := watch(t, mine, 10*time.Second, func() {})
		if strings.Contains(text, "b2") || strings.Contains(text, "c1") || strings.Contains(text, "none") ||
			!strings.Contains(text, `"b1"`) {
			t.Errorf("the events are %s", text)
		}
	})
}

// watch follows a node's events for a while, in virtual time, and does something in between.
func watch(t *testing.T, served http.Handler, lasts time.Duration, do func()) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/events", nil)
	r.Header.Set("Authorization", "Bearer mine")
	answer := httptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		served.ServeHTTP(answer, r)
	}()
	do()
	<-done
	return answer.Body.String()
}

func TestTheEventsOfANodeTellOfTheBotsOfAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, spread, "a", "b", "c")
		all := told([]byte(watch(t, w.client("b"), 5*time.Second, func() {})))
		synced := slices.Index(all, "synced")
		if synced < 0 {
			t.Fatalf("never synced: %q", all)
		}
		before := all[:synced]
		slices.Sort(before)
		want := "status " + strings.ReplaceAll(spreadShown, ", ", ", status ")
		if got := strings.Join(slices.Compact(before), ", "); got != want {
			t.Errorf("before it is synced the stream tells\n%s, want\n%s", got, want)
		}
		var figures int
		for _, event := range all[synced:] {
			if strings.HasPrefix(event, "figures") {
				figures++
			}
		}
		if figures < 1 || figures > 2 || !strings.Contains(strings.Join(all, ""), `"c1":[0,0,0,0,0,0]`) {
			t.Errorf("the figures come in %d events: %q", figures, all)
		}
	})
}

func TestAStreamOfEventsFollowsABotToAnotherNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, places{"x": "b"}, "a", "b", "c")
		text := watch(t, w.client("a"), 30*time.Second, func() {
			time.Sleep(5 * time.Second)
			w.place(1, places{"x": "-"})
			w.all["b"].run(places{})
			time.Sleep(5 * time.Second)
			w.place(7, places{"x": "c"})
			w.all["c"].run(places{"x": "c"})
			time.Sleep(5 * time.Second)
			w.place(8, places{})
			w.all["c"].run(places{})
		})
		var all []string
		for _, event := range told([]byte(text)) {
			if !strings.HasPrefix(event, "figures") {
				all = append(all, event)
			}
		}
		shown := strings.Join(slices.Compact(all), ", ")
		inOrder(t, shown, "x@b disabled", "synced", "x@ unassigned", "x@c disabled", "removed x")
		if strings.Count(shown, "removed") != 1 {
			t.Errorf("it is removed more than once: %s", shown)
		}
	})
}

func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Fatalf("%q does not come in its place in %s", part, text)
		}
		rest = after
	}
}

func TestALateWordOfTheNodeThatHadTheBotBeforeChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, places{"x": "c"}, "a", "b", "c")
		w.place(9, places{"x": "c"})
		w.all["c"].run(places{"x": "c"})
		from, to := io.Pipe()
		w.instead("b", func(ctx context.Context) (io.ReadCloser, error) {
			context.AfterFunc(ctx, func() { _ = to.Close() })
			return from, nil
		})
		text := watch(t, w.client("a"), 4*time.Second, func() {
			_, _ = to.Write([]byte("event: synced\ndata: {}\n\n"))
			time.Sleep(time.Second)
			_, _ = to.Write([]byte("event: status\ndata: {\"name\":\"x\",\"node\":\"b\",\"epoch\":3,\"state\":\"outdated\"}\n\n"))
			_, _ = to.Write([]byte("event: removed\ndata: {\"name\":\"x\"}\n\n"))
			_, _ = to.Write([]byte("event: figures\ndata: {\"bots\":{\"x\":[77,0,0,0,0,0]}}\n\n"))
			_, _ = to.Write([]byte("event: status\ndata: nonsense\n\nevent: figures\ndata: 7\n\n"))
		})
		if strings.Contains(text, "outdated") || strings.Contains(text, "removed") || strings.Contains(text, "77") {
			t.Errorf("the stream tells %s", text)
		}
		if !strings.Contains(text, `"node":"c","epoch":9`) {
			t.Errorf("the stream does not tell of the bot: %s", text)
		}
	})
}

func TestTheBotsOfANodeThatFallsSilentAreUnknownUntilItTellsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, places{"a1": "a", "b1": "b"}, "a", "b")
		w.instead("b", func(ctx context.Context) (io.ReadCloser, error) {
			from, to := io.Pipe()
			context.AfterFunc(ctx, func() { _ = to.Close() })
			go func() {
				_, _ = to.Write([]byte("event: daemon\ndata: {\"bots\":{\"fatal\":5}}\n\nevent: status\n" +
					"data: {\"name\":\"b1\",\"node\":\"b\",\"epoch\":1,\"state\":\"ready\"}\n\nevent: synced\ndata: {}\n\n"))
			}()
			return closing{from, func() { _ = to.Close() }}, nil
		})
		text := watch(t, w.client("a"), 30*time.Second, func() {
			time.Sleep(time.Second)
			w.instead("b", hang)
			time.Sleep(10 * time.Second)
			w.instead("b", nil)
		})
		inOrder(t, text, `{"name":"b1","node":"b","epoch":1,"state":"ready"}`, `"fatal":5`, `"state":"silent"`)
		inOrder(t, strings.Join(told([]byte(text)), ", "), "b1@b ready/", "b1@b unknown/unknown", "b1@b disabled/disabled")
	})
}

func TestAStreamOfEventsIsSyncedThoughANodeHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, spread, "a", "b", "c")
		w.instead("b", hang)
		all := told([]byte(watch(t, w.client("a"), 4*time.Second, func() {})))
		shown := strings.Join(all, ", ")
		inOrder(t, shown, "b1@b unknown/unknown", "synced")
		if !strings.Contains(shown, "c1@c disabled/disabled") {
			t.Errorf("the stream tells %s", shown)
		}
	})
}

func TestAnotherNodeIsToldOfThisOnesBotsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newNodes(t, spread, "a", "b", "c")
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		body, err := w.all["a"].Ask(ctx, "b", "/v1/events", nobody(t))
		must(t, err)
		text, _ := io.ReadAll(body)
		if bytes.Contains(text, []byte(`"a1"`)) || !bytes.Contains(text, []byte(`"b1"`)) || bytes.Contains(text, []byte(`"nodes"`)) {
			t.Errorf("it is told %s", text)
		}
		if n := bytes.Count(text, []byte(": heartbeat")); n < 2 {
			t.Errorf("%d heartbeats in 7 s", n)
		}
		if len(w.asked) != 1 {
			t.Errorf("asked %q", w.asked)
		}
	})
}
