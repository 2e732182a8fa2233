package clustered

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

// broken is an answer that breaks off after this text.
func broken(text string) io.Reader { return io.MultiReader(strings.NewReader(text), failing{}) }

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the node has gone") }

func TestAStreamThatBreaksOffBetweenTwoRecordsSaysWhyItEnds(t *testing.T) {
	const sse, lines = "text/event-stream", "application/x-ndjson"
	for _, c := range []struct {
		name, mediaType, text, want string
		answer                      func(string) io.Reader
		moved                       bool
	}{
		{name: "lost", mediaType: sse, text: "data: 1\n\n", want: "event: end\ndata: {\"kind\":\"end\",\"reason\":\"lost\"}\n\n"},
		{name: "moved", mediaType: sse, text: "data: 1\n\n", moved: true,
			want: "event: end\ndata: {\"kind\":\"end\",\"reason\":\"moved\"}\n\n"},
		{name: "before any", mediaType: sse, want: "event: end\ndata: {\"kind\":\"end\",\"reason\":\"lost\"}\n\n"},
		{name: "lines", mediaType: lines, text: "{}\n", want: "{\"kind\":\"end\",\"reason\":\"lost\"}\n"},
		{name: "within a record", mediaType: lines, text: "{}\n{\"a"},
		{name: "within an event", mediaType: sse, text: "id: 1\n"},
		{name: "within a long event", mediaType: sse, text: "id: " + strings.Repeat("x", pieceSize-len("id: \n")) + "\n"},
		{name: "whole", mediaType: sse, text: "data: 1\n\n", answer: func(s string) io.Reader { return strings.NewReader(s) }},
		{name: "no stream", mediaType: "application/json", text: "{}\n"},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		if c.moved {
			cancel(errMoved)
		}
		answer := c.answer
		if answer == nil {
			answer = broken
		}
		w := httptest.NewRecorder()
		pass(ctx, w, map[string]string{":status": "200", "Content-Type": c.mediaType, "X-Other": "y"}, answer(c.text))
		if got := w.Body.String(); got != c.text+c.want || w.Header().Get("X-Other") != "y" || w.Header().Get(":status") != "" {
			t.Errorf("%s: %.200q %v", c.name, got, w.Header())
		}
		cancel(nil)
	}
}

// gone is a client that does not take more than a few bytes.
type gone struct {
	*httptest.ResponseRecorder
	left int
}

func (g *gone) Write(p []byte) (int, error) {
	if g.left -= len(p); g.left < 0 {
		return 0, errors.New("the client has gone")
	}
	return g.ResponseRecorder.Write(p)
}

// endless counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

func TestNoMoreIsReadOfAStreamThanItsClientTakes(t *testing.T) {
	from := new(endless)
	pass(t.Context(), &gone{httptest.NewRecorder(), 3 * pieceSize}, map[string]string{"Content-Type": "text/event-stream"}, from)
	if from.read != 4*pieceSize {
		t.Errorf("%d bytes were read, of which the client took %d", from.read, 3*pieceSize)
	}
}
