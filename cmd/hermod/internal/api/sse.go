package api

import (
	"bufio"
	"net/http"
	"time"

	"hermod/cmd/hermod/internal/web"
)

const (
	// heartbeat is how often an idle stream shows that it lives.
	heartbeat = 15 * time.Second
	// streamBuffer is how much is gathered for one write, in bytes.
	streamBuffer = 32 << 10
)

// feed is an answer that goes on. The first error of a write stays.
type feed struct {
	out     *bufio.Writer
	control *http.ResponseController
}

func startFeed(w http.ResponseWriter, contentType string) *feed {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a reverse proxy shall pass on what comes
	w.WriteHeader(http.StatusOK)
	return &feed{out: bufio.NewWriterSize(w, streamBuffer), control: http.NewResponseController(w)}
}

// event writes a server-sent event; data is one line of JSON. An empty id or name is left out.
func (f *feed) event(id, name string, data []byte) {
	for _, field := range [...][2]string{{"id: ", id}, {"event: ", name}} {
		if field[1] != "" {
			_, _ = f.out.WriteString(field[0] + field[1] + "\n")
		}
	}
	_, _ = f.out.WriteString("data: ")
	_, _ = f.out.Write(data)
	_, _ = f.out.WriteString("\n\n")
}

// value writes a server-sent event with a value that can always be encoded.
func (f *feed) value(name string, value any) {
	f.event("", name, web.Encode(value))
}

// line writes text as it is.
func (f *feed) line(text []byte) {
	_, _ = f.out.Write(text)
}

// flush sends what was written; the error says that the client has gone, or does not read.
func (f *feed) flush() error {
	if err := f.out.Flush(); err != nil {
		return err
	}
	return f.control.Flush()
}
