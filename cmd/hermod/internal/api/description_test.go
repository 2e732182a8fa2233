package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"hermod/messages"
)

func TestEveryDescribedOperationIsServedAndNoOtherMethod(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	for path, item := range description(t).Paths.Map() {
		path = strings.NewReplacer("{bot}", "nobody", "{chat}", "c", "{letter}", "evt_none").Replace(path)
		described := []string{}
		for method := range item.Operations() {
			described = append(described, method)
		}
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete,
			http.MethodPatch, http.MethodOptions} {
			if strings.HasSuffix(path, "events") && method == http.MethodGet && path == "/v1/events" {
				continue // goes on for ever, and has a test of its own
			}
			response, body := w.do(method, path, "")
			served := response.StatusCode != http.StatusMethodNotAllowed && !strings.Contains(body, "nothing is served")
			if served != slices.Contains(described, method) {
				t.Errorf("%s %s: %d %s", method, path, response.StatusCode, body)
			}
		}
	}
}

func TestTheDescriptionIsServed(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	response, body := w.do(http.MethodGet, "/openapi.json", "")
	if response.StatusCode != http.StatusOK || !strings.Contains(body, `"openapi": "3.1.1"`) {
		t.Errorf("%d %.80s", response.StatusCode, body)
	}
}

func TestWhatIsNotServedIsAProblem(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	for _, path := range []string{"/v1/", "/v1/nothing", "/v1/bots/a/nothing", "/v1/bots/"} {
		response, body := w.do(http.MethodGet, path, "")
		if response.StatusCode != http.StatusNotFound || response.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, "openapi.json") {
			t.Errorf("%s: %d %s", path, response.StatusCode, body)
		}
	}
}

func TestTheAPIAsksForTheTokenAndAllowsNoOtherOrigin(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	for _, headers := range [][]string{{"Authorization", ""}, {"Authorization", "Bearer wrong"}} {
		if response, _ := w.do(http.MethodGet, "/v1/bots", "", headers...); response.StatusCode != http.StatusUnauthorized {
			t.Errorf("%q: %d", headers, response.StatusCode)
		}
	}
	response, _ := w.do(http.MethodPost, "/v1/bots/a/disable", "", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("another origin: %d", response.StatusCode)
	}
	for name := range response.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("the header %s opens the API to others", name)
		}
	}
}

func TestTheDescriptionHasEveryCounter(t *testing.T) {
	schema := description(t).Components.Schemas["Counters"].Value
	for _, c := range messages.CounterList() {
		if schema.Properties[c.Name] == nil || !slices.Contains(schema.Required, c.Name) {
			t.Errorf("openapi.json: components.schemas.Counters lacks %q; add it to properties and required, then run make generate", c.Name)
		}
	}
	if got, want := len(schema.Properties), len(messages.CounterList()); got != want {
		t.Errorf("openapi.json: components.schemas.Counters has %d properties, want %d", got, want)
	}
}
