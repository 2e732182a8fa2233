package api

import (
	"bufio"
	"net/http"

	"hermod/cmd/hermod/internal/web"
)

// EndReason says why a stream ends.
type EndReason string

// The reasons. After each, the client may connect again; after EndChanged it is told how the bot delivers now.
const (
	// EndLeft: the bot left the daemon: it was removed, its node gave it up, or the daemon ends.
	EndLeft EndReason = "left"
	// EndMoved: another node runs the bot now.
	EndMoved EndReason = "moved"
	// EndLost: the node that runs the bot does not answer any more.
	EndLost EndReason = "lost"
	// EndChanged: the bot does not deliver by a stream any more.
	EndChanged EndReason = "changed"
)

// end writes the last record of a stream.
func (f *feed) end(form streamForm, why EndReason) {
	form.end(f, web.Encode(struct {
		Kind   string    `json:"kind"`
		Reason EndReason `json:"reason"`
	}{"end", why}))
	_ = f.flush()
}

// EndStream writes the last record of a stream that was begun elsewhere, in the form of its media type; of another one
// it writes nothing. What was written before must be whole.
func EndStream(w http.ResponseWriter, mediaType string, why EndReason) {
	for _, form := range forms {
		if form.contentType == mediaType {
			f := &feed{out: bufio.NewWriter(w), control: http.NewResponseController(w)}
			f.end(form, why)
		}
	}
}
