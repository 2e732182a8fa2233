package check

import (
	"fmt"
	"strings"

	"github.com/gobwas/ws"

	"hermod/wire"
)

const linesSection = "Lines"

var connectorLineRules = []connectorRule{
	{Check{Name: "lines.shape", Section: linesSection,
		Rule: "each frame is one whole line in one text message"}, checkConnectorShape},
	{Check{Name: "lines.several", Section: linesSection,
		Rule: "several lines in one message are all read"}, checkSeveral},
	{Check{Name: "lines.split", Section: linesSection,
		Rule: "a line that is split over messages is joined, also within a character"}, checkSplit},
	{Check{Name: "lines.binary", Section: linesSection,
		Rule: "a binary message is read like a text message"}, checkBinary},
	{Check{Name: "lines.blank", Section: linesSection,
		Rule: "lines of white space are ignored"}, checkBlank},
	{Check{Name: "lines.crlf", Section: linesSection,
		Rule: `\r\n ends a line too`}, checkCRLF},
	{Check{Name: "lines.long", Section: linesSection,
		Rule: "a line of a gateway may be almost 1 MiB long"}, checkLong},
	{Check{Name: "lines.unfinished", Section: linesSection,
		Rule: "a line that is incomplete when the connection ends spoils nothing of the next one"}, checkUnfinished},
	{Check{Name: "lines.bad-json", Section: linesSection,
		Rule: "a line that is no JSON does not end the connection"}, survives("{\"type\":\"hello\"\n")},
	{Check{Name: "lines.not-object", Section: linesSection,
		Rule: "a line that is JSON but no object does not end the connection"}, survives("[]\n5\nnull\n\"x\"\n")},
	{Check{Name: "lines.bad-type", Section: linesSection,
		Rule: "members of a wrong type do not end the connection"},
		survives("{\"type\":7}\n{\"type\":\"inbound_ack\",\"bufferId\":{}}\n{\"type\":\"interrupt\",\"session_key\":[],\"reason\":1}\n")},
	{Check{Name: "lines.bad-utf8", Section: linesSection,
		Rule: "a line that is not UTF-8 does not end the connection"}, checkBadUTF8},
	{Check{Name: "lines.unknown", Section: linesSection,
		Rule: "frames of an unknown type are ignored"}, survives("{\"type\":\"hermod_check\",\"x\":1}\n{}\n")},
	{Check{Name: "lines.direction", Section: linesSection,
		Rule: "frames of the wrong direction are ignored"}, checkDirection},
}

func checkConnectorShape(g *player) {
	l := g.greet()
	g.fence(l)
	g.alive(l)
	g.requireShape(l, "one line and its newline in each text message", badShape)
}

// survives returns the check that a text is read without harm.
func survives(text string) func(*player) {
	return func(g *player) {
		l := g.greet()
		l.send([]byte(text))
		g.requireAlive(l, shown([]byte(strings.TrimSuffix(text, "\n"))))
	}
}

// request is a request without effect, and its id.
func request(content string) (id string, line []byte) {
	id = wire.NewRequestID()
	return id, wire.AppendOutbound(nil, id, wire.NewAction("get_chat_info").With("chat_id", marker+content), "", "")
}

// requireResult is broken unless a request was answered.
func (g *player) requireResult(l *link, id, what string) {
	_, ok := g.resultOf(l, id)
	g.require(ok, "its outbound_result", "%s was not answered; %v", what, l.ended)
}

func checkSeveral(g *player) {
	l := g.greet()
	first, one := request("")
	second, two := request("")
	l.send(append(one, two...))
	g.requireResult(l, first, "the first line of the message")
	g.requireResult(l, second, "the second line of the message")
}

func checkSplit(g *player) {
	l := g.greet()
	id, line := request("-ü")
	cut := strings.Index(string(line), "ü") + 1
	l.write(ws.OpBinary, true, line[:cut])
	l.write(ws.OpBinary, true, line[cut:])
	g.requireResult(l, id, "a line in two messages")
}

func checkBinary(g *player) {
	l := g.greet()
	id, line := request("")
	l.write(ws.OpBinary, true, line)
	g.requireResult(l, id, "a binary message")
}

func checkBlank(g *player) {
	l := g.greet()
	id, line := request("")
	l.send(append([]byte("\n  \n\r\n"), line...))
	g.requireResult(l, id, "the line behind blank ones")
	g.requireAlive(l, "blank lines")
}

func checkCRLF(g *player) {
	l := g.greet()
	id, line := request("")
	l.send([]byte(strings.TrimSuffix(string(line), "\n") + "\r\n"))
	g.requireResult(l, id, `a line that ends with \r\n`)
}

func checkLong(g *player) {
	l := g.greet()
	id := wire.NewRequestID()
	action := wire.NewAction(fenceOp).With("content", strings.Repeat("x", wire.MaxAction-1024))
	l.send(wire.AppendOutbound(nil, id, action, "", ""))
	g.requireAlive(l, fmt.Sprintf("a line of %d bytes", action.Size()))
}

func checkUnfinished(g *player) {
	l := g.greet()
	_, line := request("-unfinished")
	l.send(line[:len(line)/2])
	l.hangUp()
	l, _, ok := g.introduce()
	g.require(ok, "a descriptor for the hello of the next connection", "none came; %v", l.ended)
}

func checkBadUTF8(g *player) {
	l := g.greet()
	l.write(ws.OpBinary, true, []byte("{\"type\":\"interrupt\",\"session_key\":\"\xff\",\"reason\":null}\n"))
	g.requireAlive(l, "a line with the byte ff")
}

func checkDirection(g *player) {
	l := g.greet()
	l.send([]byte(`{"type":"descriptor","descriptor":{}}
{"type":"inbound","event":{"text":"` + marker + `"}}
{"type":"outbound_result","requestId":"1","result":{"success":true}}
{"type":"going_idle_ack"}
{"type":"interrupt_inbound","session_key":"","chat_id":""}
{"type":"passthrough_forward","forward":{}}
`))
	g.requireAlive(l, "frames that only a connector sends")
}
