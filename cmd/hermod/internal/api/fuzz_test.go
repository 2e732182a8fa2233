package api_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	json "github.com/goccy/go-json"
	"pgregory.net/rapid"

	"hermod/cmd/hermod/internal/api/client"
)

// listened is how long a fuzzed stream is read.
const listened = 20 * time.Millisecond

// operation is one that the description has.
type operation struct {
	method, path string
	*openapi3.Operation
	parameters openapi3.Parameters
}

func operations(doc *openapi3.T) (all []operation) {
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		item := doc.Paths.Value(path)
		for _, method := range slices.Sorted(maps.Keys(item.Operations())) {
			op := item.Operations()[method]
			all = append(all, operation{method, path, op, slices.Concat(item.Parameters, op.Parameters)})
		}
	}
	return all
}

// Whatever is sent, made from the description's schemas or at random, the daemon does not fail; it takes what the
// schemas allow, refuses what they do not, and answers as described, which the client's transport checks.
func TestNoRequestMakesTheDaemonFail(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	w.awaitState("a", client.BotStateReady)
	all := operations(description(t))
	rapid.Check(t, func(rt *rapid.T) {
		op := rapid.SampledFrom(all).Draw(rt, "operation")
		if slices.Contains([]string{"sleepBot", "disableBot", "reconnectBot"}, op.OperationID) {
			defer w.recover()
		}
		r := w.drawRequest(rt, op)
		response, body := w.exchange(rt, r)
		if response.StatusCode >= 500 {
			rt.Fatalf("%s %s: %d %s", r.Method, r.URL, response.StatusCode, body)
		}
		switch {
		case r.lawful && response.StatusCode >= 300:
			rt.Fatalf("refused what the description allows: %s %s %.200q: %d %s", r.Method, r.URL, r.body, response.StatusCode, body)
		case r.unlawful && response.StatusCode < 300:
			rt.Fatalf("took what the description forbids: %s %s %.200q", r.Method, r.URL, r.body)
		}
	})
}

// recover brings the bot back to where the next request finds it.
func (w *world) recover() {
	w.t.Helper()
	_, _ = w.do(http.MethodPost, "/v1/bots/a/enable", "")
	_, _ = w.do(http.MethodPost, "/v1/bots/a/wake", "")
	w.awaitState("a", client.BotStateReady)
}

// request is one that was drawn, and what the description says of it; both false is nothing.
type request struct {
	*http.Request
	body             string
	lawful, unlawful bool
}

func (w *world) drawRequest(rt *rapid.T, op operation) request {
	path, query, headers := op.path, url.Values{}, http.Header{}
	wild := rapid.IntRange(0, 3).Draw(rt, "wild") == 0
	for _, ref := range op.parameters {
		p := ref.Value
		if !p.Required && rapid.Bool().Draw(rt, "leave out "+p.Name) {
			continue
		}
		value := "a"
		switch {
		case wild:
			value = rapid.String().Draw(rt, p.Name)
		case p.Name == "platform":
			value = "telegram"
		case p.Schema.Value.Type.Includes("integer"):
			value = strconv.Itoa(rapid.IntRange(int(*p.Schema.Value.Min), int(*p.Schema.Value.Max)).Draw(rt, p.Name))
		case p.Name != "bot":
			value = fmt.Sprint(drawValue(rt, p.Schema.Value, p.Name))
		}
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", segment(value))
		case "query":
			query.Set(p.Name, value)
		case "header":
			headers.Set(p.Name, headerValue(value))
		}
	}
	r := request{lawful: !wild && !strings.Contains(op.path, "{letter}")} // nobody has dead letters of these ids
	if op.RequestBody != nil {
		r.drawBody(rt, op.RequestBody.Value.Content.Get("application/json").Schema.Value)
		if !wild || rapid.Bool().Draw(rt, "say that it is JSON") {
			headers.Set("Content-Type", "application/json")
		}
	}
	r.unlawful = r.unlawful && !wild
	target := w.url + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	var err error
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	rt.Cleanup(cancel)
	r.Request, err = http.NewRequestWithContext(ctx, op.method, target, strings.NewReader(r.body))
	if err != nil {
		rt.Fatal(err)
	}
	r.Header = headers
	r.Header.Set("Authorization", "Bearer "+token)
	if key := r.Header.Get("Idempotency-Key"); key != "" && !wild {
		r.Header.Set("Idempotency-Key", rapid.StringMatching(`[0-9a-f]{40}`).Draw(rt, "fresh key"))
	}
	return r
}

// drawBody makes a body by the schema, or any other, and judges that.
func (r *request) drawBody(rt *rapid.T, schema *openapi3.Schema) {
	var value any
	switch rapid.IntRange(0, 3).Draw(rt, "kind of body") {
	case 0:
		r.body, r.lawful = rapid.String().Draw(rt, "body"), false
		r.unlawful = !json.Valid([]byte(r.body))
		return
	case 1:
		value = drawAny(rt, 3)
	default:
		value = drawValue(rt, schema, "body")
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		rt.Fatal(err)
	}
	r.body = string(encoded)
	if schema.VisitJSON(value, openapi3.EnableJSONSchema2020()) != nil {
		r.lawful, r.unlawful = false, true
	}
}

// exchange sends a request; of a stream it reads the beginning.
func (w *world) exchange(rt *rapid.T, r request) (*http.Response, string) {
	response, err := w.http.Do(r.Request)
	if err != nil {
		rt.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if isStream(response) {
		timer := time.AfterFunc(listened, func() { _ = response.Body.Close() })
		defer timer.Stop()
	}
	body, err := io.ReadAll(response.Body)
	if err != nil && !isStream(response) {
		rt.Fatal(err)
	}
	return response, string(body)
}

// segment escapes a value for a path, where "." and ".." would be other paths.
func segment(value string) string {
	if value == "" || strings.Trim(value, ".") == "" {
		return "%2e" + value
	}
	return url.PathEscape(value)
}

// headerValue leaves out what no client can send.
func headerValue(value string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, value)
}
