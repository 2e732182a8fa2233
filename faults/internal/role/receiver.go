package role

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"hermod/faults/internal/journal"
)

// record is what a delivery's record is read for.
type record struct {
	Kind     string `json:"kind"`
	ID       string `json:"id"`
	BufferID string `json:"bufferId"`
	Event    struct {
		MessageID string `json:"message_id"`
		Text      string `json:"text"`
	} `json:"event"`
	Forward struct {
		Path string `json:"path"`
	} `json:"forward"`
}

func (r *record) message() string {
	if r.Kind == "passthrough" {
		return strings.TrimPrefix(r.Forward.Path, "/")
	}
	return r.Event.MessageID
}

// receiver takes webhooks and reads a stream, until it is killed.
func (c Config) receiver(notes *journal.Writer) error {
	r := &receiver{notes: notes, api: c.URL, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	go r.stream(context.Background())
	server := &http.Server{Addr: c.Listen, Handler: http.HandlerFunc(r.post)}
	ready()
	return server.ListenAndServe()
}

type receiver struct {
	notes  *journal.Writer
	orders orders
	api    string
	client *http.Client
}

// post takes a webhook.
func (r *receiver) post(w http.ResponseWriter, request *http.Request) {
	var d record
	if err := json.NewDecoder(request.Body).Decode(&d); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	id := d.message()
	r.notes.Note(journal.Begin, id, "")
	if fails, _ := r.orders.carryOut(id, d.Event.Text); fails {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	r.notes.Note(journal.OK, id, "")
	w.WriteHeader(http.StatusNoContent)
}

// stream reads the daemon's stream again and again, from its beginning.
func (r *receiver) stream(ctx context.Context) {
	for ctx.Err() == nil {
		r.readOnce(ctx)
		<-time.After(Backoff)
	}
}

// readOnce reads until the connection ends, or an acknowledgement fails. A stream that says nothing for a second is
// opened anew, since its connection may be half-open.
func (r *receiver) readOnce(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silent := time.AfterFunc(time.Second, cancel)
	defer silent.Stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.api+"/v1/bots/s/events", nil)
	if err != nil {
		return
	}
	request.Header.Set("Accept", "application/x-ndjson")
	response, err := r.client.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		silent.Reset(time.Second)
		var d record
		if json.Unmarshal(lines.Bytes(), &d) != nil || d.ID == "" {
			continue
		}
		if !r.take(ctx, &d) {
			return
		}
	}
}

// take handles a record of the stream and acknowledges it.
func (r *receiver) take(ctx context.Context, d *record) bool {
	id := d.message()
	r.notes.Note(journal.Begin, id, "stream")
	if fails, _ := r.orders.carryOut(id, d.Event.Text); fails {
		return false
	}
	r.notes.Note(journal.OK, id, "stream")
	body, _ := json.Marshal(map[string][]string{"ids": {d.ID}})
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.api+"/v1/bots/s/acks", bytes.NewReader(body))
	if err != nil {
		return false
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := r.client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return false
	}
	r.notes.Note(journal.Confirmed, id, "stream")
	return true
}
