package api

import "testing"

func TestAClientGetsTheFormItLikesBest(t *testing.T) {
	for accept, want := range map[string]string{
		"*/*":                  "text/event-stream",
		"text/event-stream":    "text/event-stream",
		"application/x-ndjson": "application/x-ndjson",
		"application/jsonl":    "application/x-ndjson",
		"text/event-stream;q=0.5, application/ndjson": "application/x-ndjson",
		"application/*;q=0.2, text/*;q=0.3":           "text/event-stream",
		"*/*, text/event-stream;q=0":                  "application/x-ndjson",
		"text/html":                                   "",
		"text/event-stream;q=0":                       "",
		"text/event-stream;q=x":                       "",
		"":                                            "",
	} {
		if form, ok := negotiate([]string{accept}); form.contentType != want || ok != (want != "") {
			t.Errorf("%q: %s", accept, form.contentType)
		}
	}
	if form, ok := negotiate(nil); !ok || form.contentType != "text/event-stream" {
		t.Error("a client that says nothing gets nothing")
	}
}
