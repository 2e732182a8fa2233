package pipe

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"hermod/actors"
)

// written is an output that may be looked at.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func TestCommandsAreAnsweredWhileNoRelayRuns(t *testing.T) {
	out := &written{}
	s := New(out, "the output", func() (*actors.Relay, bool) { return nil, false }, false)
	commands := `{"id":1,"do":"send","action":{"op":"send"}}
{"id":2,"do":"chat_info","chat_id":"c9"}
{"id":3,"do":"go_idle"}
{"id":4,"do":"interrupt","session_key":"s"}
{"id":5,"do":"wake"}
`
	if err := s.Read(strings.NewReader(commands)); !errors.Is(err, io.EOF) {
		t.Errorf("the input ended with %v", err)
	}
	s.Refuse()
	s.Wait(context.Background())
	if err := s.Finish(nil); err != nil {
		t.Errorf("the output ended with %v", err)
	}
	for _, want := range []string{
		`{"kind":"result","id":1,"result":{"success":false,"error":"relay transport not connected"}}`,
		`{"kind":"result","id":2,"result":{"name":"c9","type":"dm","error":"relay transport not connected"}}`,
		`{"kind":"idle","id":3,"acked":false}`,
		`{"kind":"error","id":4,"error":"the interrupt was not sent: relay transport not connected"}`,
		`{"kind":"result","id":5,"result":{"success":true}}`,
	} {
		if !strings.Contains(out.text.String(), want+"\n") {
			t.Errorf("no record %s in\n%s", want, out.text.String())
		}
	}
}

func TestADeliveryThatWaitsIsGivenBackWhenTheOutputFails(t *testing.T) {
	s := New(io.Discard, "the output", nil, true)
	delivered := make(chan error, 1)
	go func() { delivered <- s.Deliver(context.Background(), "7", []byte("{}\n")) }()
	gone := errors.New("gone")
	s.Fail(gone)
	if err := <-delivered; !errors.Is(err, gone) {
		t.Errorf("delivered with %v", err)
	}
}
