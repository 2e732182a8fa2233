package api_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/connector"
	"hermod/wire"
)

const hello = `{"op":"send","chat_id":"c1","content":"hello"}`

// performing has the connector answer actions with this.
func performing(perform func(ctx context.Context) wire.Result) func(*connector.Config) {
	return func(cfg *connector.Config) {
		cfg.OnOutbound = func(ctx context.Context, _ connector.Record) wire.Result { return perform(ctx) }
	}
}

func wantProblem(t *testing.T, response *http.Response, body string, status int, kind string) client.Problem {
	t.Helper()
	var p client.Problem
	must(t, json.Unmarshal([]byte(body), &p))
	if response.StatusCode != status || p.Status != status || p.Type != "urn:hermod:problem:"+kind || p.Hint == nil ||
		*p.Hint == "" || p.Detail == "" {
		t.Errorf("answer is %d %s, want %d %s", response.StatusCode, body, status, kind)
	}
	return p
}

func TestARefusalOfTheConnectorIsAResult(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), performing(func(context.Context) wire.Result { return wire.Failure("no such chat", false) }))
	w.awaitState("a", client.BotStateReady)
	response, body := w.do(http.MethodPost, "/v1/bots/a/actions", hello)
	if response.StatusCode != http.StatusOK || body != `{"success":false,"error":"no such chat"}`+"\n" {
		t.Errorf("answer is %d %s", response.StatusCode, body)
	}
}

func TestAnActionWithoutAnAnswerIsAmbiguous(t *testing.T) {
	w := start(t, bots(bot("a", streamed+", timing: {outbound_timeout: 50ms}")),
		performing(func(ctx context.Context) wire.Result { <-ctx.Done(); return wire.Result{} }))
	w.awaitState("a", client.BotStateReady)
	response, body := w.do(http.MethodPost, "/v1/bots/a/actions", hello)
	p := wantProblem(t, response, body, http.StatusGatewayTimeout, "result-timeout")
	if p.Result == nil || !*p.Result.Ambiguous || *p.Result.Error != "relay outbound timed out" || !strings.Contains(*p.Hint, "may have been applied") {
		t.Errorf("problem is %s", body)
	}
}

func TestAnActionWhoseConnectionIsLostIsAmbiguous(t *testing.T) {
	var w *world
	w = start(t, bots(bot("a", streamed)), performing(func(ctx context.Context) wire.Result {
		go func() { _ = w.connector.Cut("a") }()
		<-ctx.Done()
		return wire.Result{}
	}))
	w.awaitState("a", client.BotStateReady)
	response, body := w.do(http.MethodPost, "/v1/bots/a/actions", hello)
	if p := wantProblem(t, response, body, http.StatusBadGateway, "connection-lost"); p.Result == nil || !*p.Result.Ambiguous {
		t.Errorf("problem is %s", body)
	}
}

func TestABotThatCannotActSaysWhatToDo(t *testing.T) {
	w := start(t, bots(bot("a", streamed), bot("off", "enabled: false, "+streamed), bot("away", "url: 'ws://127.0.0.1:1', "+streamed)), nil)
	w.awaitState("a", client.BotStateReady)
	w.await("away", func(b *client.Bot) bool { return b.Error != nil })
	response, body := w.do(http.MethodPost, "/v1/bots/off/actions", hello)
	if p := wantProblem(t, response, body, http.StatusConflict, "bot-not-running"); *p.Hint != "enable the bot" {
		t.Errorf("problem is %s", body)
	}
	response, body = w.do(http.MethodPost, "/v1/bots/off/sleep", "")
	wantProblem(t, response, body, http.StatusConflict, "bot-not-running")
	response, body = w.do(http.MethodPost, "/v1/bots/away/actions", hello)
	wantProblem(t, response, body, http.StatusServiceUnavailable, "bot-not-connected")
	if response.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	response, body = w.do(http.MethodPost, "/v1/bots/away/interrupts", `{"session_key":"s"}`)
	wantProblem(t, response, body, http.StatusServiceUnavailable, "bot-not-connected")
	_, _ = w.do(http.MethodPost, "/v1/bots/a/sleep", "")
	response, body = w.do(http.MethodPost, "/v1/bots/a/actions", hello)
	wantProblem(t, response, body, http.StatusConflict, "bot-asleep")
	must(t, w.connector.Revoke("a"))
	_, _ = w.do(http.MethodPost, "/v1/bots/a/wake", "")
	w.await("a", func(b *client.Bot) bool { return b.Cause != nil && *b.Cause == client.Revoked })
	response, body = w.do(http.MethodPost, "/v1/bots/a/actions", hello)
	wantProblem(t, response, body, http.StatusConflict, "bot-not-running")
	response, body = w.do(http.MethodPost, "/v1/bots/nobody/actions", hello)
	wantProblem(t, response, body, http.StatusNotFound, "bot-not-found")
}

func TestARequestThatIsWrongSaysHow(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	w.awaitState("a", client.BotStateReady)
	long := strings.Repeat("x", wire.MaxAction)
	tests := []struct {
		name, path, body string
		headers          []string
		status           int
		kind             string
	}{
		{"no JSON", "actions", "{", nil, 400, "invalid-body"},
		{"no object", "actions", "[]", nil, 400, "invalid-body"},
		{"no body", "actions", "", nil, 400, "invalid-body"},
		{"no UTF-8", "actions", "{\"op\":\"\xff\"}", nil, 400, "invalid-body"},
		{"no op", "actions", `{"chat_id":"c1"}`, nil, 400, "invalid-body"},
		{"op is a number", "actions", `{"op":5}`, nil, 400, "invalid-body"},
		{"too long", "actions", `{"op":"send","content":"` + long + `"}`, nil, 413, "body-too-large"},
		{"a form", "actions", hello, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "not-json"},
		{"another platform", "actions?platform=slack", hello, nil, 400, "platform-not-fronted"},
		{"an empty key", "actions", hello, []string{"Idempotency-Key", ""}, 400, "invalid-idempotency-key"},
		{"a key with a blank", "actions", hello, []string{"Idempotency-Key", "a b"}, 400, "invalid-idempotency-key"},
		{"a long key", "actions", hello, []string{"Idempotency-Key", strings.Repeat("k", 256)}, 400, "invalid-idempotency-key"},
		{"follow-up without kind", "follow-ups", `{"session_key":"s"}`, nil, 400, "invalid-body"},
		{"follow-up with more", "follow-ups", `{"session_key":"s","kind":"k","colour":"red"}`, nil, 400, "invalid-body"},
		{"metadata is a list", "follow-ups", `{"session_key":"s","kind":"k","metadata":[]}`, nil, 400, "invalid-body"},
		{"content is a number", "follow-ups", `{"session_key":"s","kind":"k","content":5}`, nil, 400, "invalid-body"},
		{"follow-up too long", "follow-ups", `{"session_key":"s","kind":"k","content":"` + long[:len(long)-50] + `"}`, nil, 400, "invalid-body"},
		{"interrupt without session", "interrupts", `{}`, nil, 400, "invalid-body"},
		{"interrupt too long", "interrupts", `{"session_key":"` + long[:70<<10] + `"}`, nil, 413, "body-too-large"},
		{"no ids", "acks", `{"ids":[]}`, nil, 400, "invalid-body"},
		{"ids are numbers", "acks", `{"ids":[1]}`, nil, 400, "invalid-body"},
		{"ids are null", "acks", `null`, nil, 400, "invalid-body"},
		{"acks too long", "acks", `{"ids":["` + long[:300<<10] + `"]}`, nil, 413, "body-too-large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			response, body := w.do(http.MethodPost, "/v1/bots/a/"+tt.path, tt.body, tt.headers...)
			wantProblem(t, response, body, tt.status, tt.kind)
		})
	}
	if got := w.connector.Outbound(0); len(got) > 0 {
		t.Errorf("the connector got %d actions", len(got))
	}
}

func TestARepeatWithItsKeyIsNotCarriedOutAgain(t *testing.T) {
	w := start(t, bots(bot("a", streamed), bot("b", streamed)), nil, "b")
	w.awaitState("a", client.BotStateReady)
	w.awaitState("b", client.BotStateReady)
	key := []string{"Idempotency-Key", "4f2c"}
	first, result := w.do(http.MethodPost, "/v1/bots/a/actions", hello, key...)
	second, repeated := w.do(http.MethodPost, "/v1/bots/a/actions", hello, key...)
	if result != repeated || first.Header.Get("Idempotent-Replayed") != "" || second.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("results are %s and %s", result, repeated)
	}
	for name, path := range map[string]string{"another platform": "/v1/bots/a/actions?platform=telegram", "another body": "/v1/bots/a/actions"} {
		response, body := w.do(http.MethodPost, path, strings.Replace(hello, "hello", name, 1), key...)
		wantProblem(t, response, body, http.StatusUnprocessableEntity, "idempotency-key-reused")
	}
	_, other := w.do(http.MethodPost, "/v1/bots/b/actions", hello, key...)
	if other == result || len(w.connector.Outbound(0)) != 2 {
		t.Errorf("the connector got %d actions", len(w.connector.Outbound(0)))
	}
}

func TestRepeatsThatComeTogetherWaitForTheFirst(t *testing.T) {
	release, performed := make(chan struct{}), atomic.Int32{}
	w := start(t, bots(bot("a", streamed)), performing(func(context.Context) wire.Result {
		performed.Add(1)
		<-release
		return wire.Result{Success: true, MessageID: "m1"}
	}))
	w.awaitState("a", client.BotStateReady)
	var together sync.WaitGroup
	replayed := atomic.Int32{}
	for range 8 {
		together.Go(func() {
			response, body := w.do(http.MethodPost, "/v1/bots/a/actions", hello, "Idempotency-Key", "k")
			if response.StatusCode != http.StatusOK || !strings.Contains(body, `"message_id":"m1"`) {
				t.Errorf("answer is %d %s", response.StatusCode, body)
			}
			if response.Header.Get("Idempotent-Replayed") != "" {
				replayed.Add(1)
			}
		})
	}
	w.await("a", func(b *client.Bot) bool { return b.Pending == 1 })
	close(release)
	together.Wait()
	if performed.Load() != 1 || replayed.Load() != 7 {
		t.Errorf("performed %d times, replayed %d times", performed.Load(), replayed.Load())
	}
}

func TestAFailureAfterWhichNothingWasSentMayBeTriedAgainWithItsKey(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	w.awaitState("a", client.BotStateReady)
	_, _ = w.do(http.MethodPost, "/v1/bots/a/sleep", "")
	response, body := w.do(http.MethodPost, "/v1/bots/a/actions", hello, "Idempotency-Key", "k")
	wantProblem(t, response, body, http.StatusConflict, "bot-asleep")
	_, _ = w.do(http.MethodPost, "/v1/bots/a/wake", "")
	w.awaitState("a", client.BotStateReady)
	if response, body = w.do(http.MethodPost, "/v1/bots/a/actions", hello, "Idempotency-Key", "k"); response.StatusCode != http.StatusOK {
		t.Errorf("answer is %d %s", response.StatusCode, body)
	}
}

func TestAnAmbiguousFailureIsNotTriedAgainWithItsKey(t *testing.T) {
	performed := atomic.Int32{}
	w := start(t, bots(bot("a", streamed+", timing: {outbound_timeout: 50ms}")), performing(func(ctx context.Context) wire.Result {
		performed.Add(1)
		<-ctx.Done()
		return wire.Result{}
	}))
	w.awaitState("a", client.BotStateReady)
	for range 2 {
		response, body := w.do(http.MethodPost, "/v1/bots/a/actions", hello, "Idempotency-Key", "k")
		wantProblem(t, response, body, http.StatusGatewayTimeout, "result-timeout")
	}
	if performed.Load() != 1 {
		t.Errorf("performed %d times", performed.Load())
	}
}
