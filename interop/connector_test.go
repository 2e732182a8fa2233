//go:build interop

package interop

import (
	"strings"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/wire"
	"hermod/wire/wiretest"
)

// foreign is a connector program and where it listens.
type foreign struct {
	*process
	url string
}

func startForeign(t *testing.T, l language) foreign {
	t.Helper()
	p := l.start(t, nil, "connector")
	url, _ := p.await("event", "listening")["url"].(string)
	return foreign{p, url}
}

// awaitDial waits for the next connection and checks its token.
func (f foreign) awaitDial(t *testing.T) {
	t.Helper()
	header, _ := f.await("event", "connected")["authorization"].(string)
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		t.Fatalf("authorization %q, want a bearer token", header)
	}
	if id, err := wire.VerifyToken(token, []wire.Secret{secret}, time.Now()); id != gatewayID || err != nil {
		t.Errorf("token of %q: %v", id, err)
	}
}

func (f foreign) close(code int, reason string) {
	f.t.Helper()
	f.tell(map[string]any{"do": "close", "code": code, "reason": reason})
}

// message is a command to a foreign connector to send text its own way.
type message struct {
	Do     string `json:"do"`
	Text   string `json:"text"`
	Cuts   []int  `json:"cuts,omitempty"`
	Binary bool   `json:"binary,omitempty"`
}

// inbound is the frame of an event whose text is messageID and a plug.
func inbound(messageID, bufferID string) string {
	event := wiretest.Event("discord", "c1", messageID, messageID+" 🔌")
	return string(wire.AppendInbound(nil, json.RawMessage(event), bufferID))
}

// inTheRune is an offset inside the plug of an inbound frame.
func inTheRune(frame string) int { return strings.Index(frame, "🔌") + 2 }

// shapes are the ways in which a connector may put frames into messages, each
// with the ids of the messages to be delivered.
var shapes = []struct {
	name string
	send message
	want []string
}{
	{
		name: "a frame a message",
		send: message{Do: "message", Text: inbound("a1", "1")},
		want: []string{"a1"},
	},
	{
		name: "no line end but the message's",
		send: message{Do: "message", Text: inbound("b1", "2") + "\r\n" + inbound("b2", "3") + "\n\n" + inbound("b3", "4")},
		want: []string{"b1", "b2", "b3"},
	},
	{
		name: "fragments",
		send: message{Do: "message", Text: inbound("c1", "5"), Cuts: []int{1, 20, 21}},
		want: []string{"c1"},
	},
	{
		name: "binary fragments cut inside a rune",
		send: message{Do: "message", Text: inbound("d1", "6"), Cuts: []int{inTheRune(inbound("d1", "6"))}, Binary: true},
		want: []string{"d1"},
	},
	{
		name: "messages cut inside a rune",
		send: message{Do: "messages", Text: inbound("e1", "7"), Cuts: []int{10, inTheRune(inbound("e1", "7"))}},
		want: []string{"e1"},
	},
	{
		name: "bad frames between good ones",
		send: message{Do: "message", Text: "{\n[]\nnull\n{\"type\":\"news\"}\n" + inbound("f1", "8")},
		want: []string{"f1"},
	},
	{
		name: "a long frame",
		send: message{Do: "message", Text: strings.Replace(inbound("g1", "9"), "{", `{"pad":"`+strings.Repeat("x", 1<<20)+`",`, 1)},
		want: []string{"g1"},
	},
}
