package connector_test

import (
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	json "github.com/goccy/go-json"

	"hermod/connector"
	"hermod/wire"
)

// begun is an action that an embedding program was given.
type begun struct {
	record connector.Record
	answer func(wire.Result)
}

func startEmbedded(t *testing.T, cfg connector.Config) (*connector.Connector, <-chan begun) {
	actions := make(chan begun, 1)
	cfg.Embedding.Begin = func(r connector.Record, answer func(wire.Result)) { actions <- begun{r, answer} }
	return start(t, cfg), actions
}

func TestAnAnswerNeverWaitsForAGatewayThatDoesNotRead(t *testing.T) {
	const answers = 60
	c, actions := startEmbedded(t, connector.Config{MaxQueued: 2 * answers, MaxQueuedBytes: 64 << 20})
	client := greet(t, c, "")
	_ = client.conn.(*net.TCPConn).SetReadBuffer(64 << 10)
	large := strings.Repeat("x", 100_000) // all of them are more than the sockets between the two hold
	for i := range answers {
		client.request("r"+strconv.Itoa(i), wire.NewSend("c", "hi"))
		action := <-actions
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			action.answer(wire.ParseResult([]byte(`{"success":true,"message_id":"` + large + `"}`)))
		}()
		select {
		case <-answered:
		case <-time.After(patience):
			t.Fatalf("answer %d waits for the gateway", i)
		}
	}
	for i := range answers {
		m := client.expect("outbound_result")
		var result struct {
			ID string `json:"message_id"`
		}
		if err := json.Unmarshal(m.Result, &result); err != nil || m.RequestID != "r"+strconv.Itoa(i) || result.ID != large {
			t.Fatalf("answer %d is of request %q with %d bytes (%v)", i, m.RequestID, len(result.ID), err)
		}
	}
	client.leave()
}

func TestAnswersAndEventsShareASocketWithoutMixing(t *testing.T) {
	const rounds = 300
	c, actions := startEmbedded(t, connector.Config{Live: true, PingInterval: 20 * time.Millisecond})
	client := greet(t, c, "")
	go func() {
		for {
			select {
			case action := <-actions:
				action.answer(wire.ParseResult([]byte(`{"success":true}`)))
			case <-t.Context().Done():
				return
			}
		}
	}()
	go func() {
		for range rounds {
			_ = c.Hand(t.Context(), "", connector.Parcel{Live: true, Object: event("e")})
		}
	}()
	go func() {
		for i := range rounds {
			client.request("r"+strconv.Itoa(i), wire.NewSend("c", "hi"))
		}
	}()
	events, next := 0, 0
	for events < rounds || next < rounds {
		switch m := client.line(); m.Type {
		case "inbound":
			events++
		case "outbound_result":
			if m.RequestID != "r"+strconv.Itoa(next) {
				t.Fatalf("the answer of %s came in the place of that of r%d", m.RequestID, next)
			}
			next++
		default:
			t.Fatalf("an unknown frame: %+v", m)
		}
	}
	client.leave()
}

// line reads the next line, and answers the pings before it.
func (c *client) line() (m message) {
	c.t.Helper()
	for {
		f, err := c.read()
		if err != nil {
			c.t.Fatalf("waiting for a line: %v", err)
		}
		if f.Header.OpCode == ws.OpPing {
			c.frame(ws.OpPong, true, f.Payload)
			continue
		}
		if err := json.Unmarshal(f.Payload, &m); err != nil {
			c.t.Fatalf("not a line: %v", err)
		}
		return m
	}
}
