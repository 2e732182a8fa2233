package connector

import (
	"strconv"
	"sync"

	json "github.com/goccy/go-json"
)

// maxDrafts bounds the streams that are known; the oldest is forgotten, and what comes of it begins another one.
const maxDrafts = 4096

// drafts gives each stream of draft actions one message id, also when its end is repeated.
type drafts struct {
	mu    sync.Mutex
	known map[string]*draft
	order []string // the keys, oldest first
}

type draft struct {
	messageID string
	sealed    bool
}

func newDrafts() *drafts { return &drafts{known: make(map[string]*draft)} }

// messageID returns the message of the stream that the action belongs to; next is that of a stream which begins.
func (d *drafts) messageID(r Record, next string) string {
	id, _ := r.Action.Field("draft_id")
	raw, _ := r.Action.Field("final")
	var final bool
	_ = json.Unmarshal(raw, &final)
	var key string
	for _, part := range []string{r.Gateway, r.Platform, r.BotID, chatOf(r.Action), string(id)} {
		key += strconv.Quote(part)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	stream := d.known[key]
	switch {
	case stream == nil:
		stream = &draft{messageID: next}
		d.add(key, stream)
	case stream.sealed && !final: // the gateway uses the number again
		stream.messageID = next
	}
	stream.sealed = final
	return stream.messageID
}

func (d *drafts) add(key string, stream *draft) {
	if len(d.order) == maxDrafts {
		delete(d.known, d.order[0])
		d.order = d.order[1:]
	}
	d.known[key] = stream
	d.order = append(d.order, key)
}
