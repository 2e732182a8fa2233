package api

import (
	"bytes"
	"mime"
	"strconv"
	"strings"

	"hermod/cmd/hermod/internal/deliver"
)

// streamForm is one way to write a stream.
type streamForm struct {
	contentType string
	names       []string // the media types that ask for it, the most exact first
	heartbeat   []byte
	write       func(f *feed, item deliver.Item)
	end         func(f *feed, record []byte)
}

var forms = []streamForm{
	{contentType: "text/event-stream", names: []string{"text/event-stream", "text/*", "*/*"}, heartbeat: []byte(": heartbeat\n\n"),
		write: func(f *feed, item deliver.Item) {
			f.event(item.Cursor, "", bytes.TrimSuffix(item.Record, []byte("\n")))
		}, end: func(f *feed, record []byte) { f.event("", "end", record) }},
	{contentType: "application/x-ndjson", names: []string{"application/x-ndjson", "application/ndjson", "application/jsonl", "application/*", "*/*"},
		heartbeat: []byte(`{"kind":"heartbeat"}` + "\n"), write: func(f *feed, item deliver.Item) { f.line(item.Record) },
		end: func(f *feed, record []byte) { f.line(append(record, '\n')) }},
}

// negotiate finds the form that a client likes best, the first one among equals.
func negotiate(accept []string) (best streamForm, ok bool) {
	if len(accept) == 0 {
		return forms[0], true
	}
	most := 0.0
	for _, form := range forms {
		if liking := form.liking(strings.Join(accept, ",")); liking > most {
			best, most = form, liking
		}
	}
	return best, most > 0
}

// liking is the weight that the client gives the form, by its most exact name.
func (s streamForm) liking(accept string) float64 {
	weights := make(map[string]float64)
	for _, part := range strings.Split(accept, ",") {
		name, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weights[name] = 1
		if q, given := parameters["q"]; given {
			weights[name], _ = strconv.ParseFloat(q, 64)
		}
	}
	for _, name := range s.names {
		if weight, named := weights[name]; named {
			return weight
		}
	}
	return 0
}
