package check

import (
	"strings"

	"github.com/gobwas/ws"

	"hermod/wire"
)

var gatewayLineRules = []gatewayRule{
	{Check{Name: "lines.shape", Section: linesSection,
		Rule: "each frame is one whole line in one text message of at most 1 MiB"}, checkGatewayShape},
	{Check{Name: "lines.several", Section: linesSection,
		Rule: "several lines in one message are all read"}, checkGatewaySeveral},
	{Check{Name: "lines.split", Section: linesSection,
		Rule: "a line that is split over messages is joined, also within a character"}, checkGatewaySplit},
	{Check{Name: "lines.binary", Section: linesSection,
		Rule: "a binary message is read like a text message"}, checkGatewayBinary},
	{Check{Name: "lines.blank", Section: linesSection,
		Rule: "lines of white space are ignored"}, checkGatewayBlank},
	{Check{Name: "lines.crlf", Section: linesSection,
		Rule: `\r\n ends a line too`}, checkGatewayCRLF},
	{Check{Name: "lines.long", Section: linesSection,
		Rule: "a line of a connector may be almost 1 MiB long"}, checkGatewayLong},
	{Check{Name: "lines.bad-json", Section: linesSection,
		Rule: "a line that is no JSON does not end the connection"}, outlives(`{"type":"inbound"` + "\n")},
	{Check{Name: "lines.not-object", Section: linesSection,
		Rule: "a line that is JSON but no object does not end the connection"}, outlives("[]\n5\nnull\n\"x\"\n")},
	{Check{Name: "lines.bad-type", Section: linesSection,
		Rule: "members of a wrong type do not end the connection"},
		outlives("{\"type\":7}\n{\"type\":\"inbound\",\"event\":5}\n{\"type\":\"inbound\",\"event\":{\"source\":[1]}}\n" +
			"{\"type\":\"outbound_result\",\"requestId\":\"0\",\"result\":5}\n{\"type\":\"passthrough_forward\",\"forward\":null}\n")},
	{Check{Name: "lines.bad-utf8", Section: linesSection,
		Rule: "a line that is not UTF-8 does not end the connection"}, checkGatewayBadUTF8},
	{Check{Name: "lines.unknown", Section: linesSection,
		Rule: "frames of an unknown type are ignored"}, outlives("{\"type\":\"hermod_check\",\"x\":1}\n{}\n")},
	{Check{Name: "lines.direction", Section: linesSection,
		Rule: "frames of the wrong direction are ignored"},
		outlives("{\"type\":\"hello\",\"platform\":\"relay\",\"botId\":\"\"}\n" +
			"{\"type\":\"outbound\",\"requestId\":\"0\",\"action\":{\"op\":\"send\"}}\n" +
			"{\"type\":\"going_idle\"}\n{\"type\":\"inbound_ack\",\"bufferId\":\"0\"}\n")},
	{Check{Name: "lines.late-result", Section: linesSection,
		Rule: "results and acknowledgements that nobody waits for are ignored"},
		outlives("{\"type\":\"outbound_result\",\"requestId\":\"" + strings.Repeat("0", 32) + "\",\"result\":{\"success\":true}}\n" +
			"{\"type\":\"going_idle_ack\"}\n")},
}

func checkGatewayShape(h *host) {
	a := h.session()
	h.acked(a)
	h.requireShape(a.link, "one line and its newline in each text message of at most 1 MiB", badShape, badSize)
}

// outlives returns the check that a text is read without harm.
func outlives(text string) func(*host) {
	return func(h *host) {
		a := h.acking()
		a.send([]byte(text))
		h.requireAlive(a, shown([]byte(strings.TrimSuffix(text, "\n"))))
	}
}

func checkGatewaySeveral(h *host) {
	a := h.acking()
	first, one := h.inbound("", "")
	second, two := h.inbound("-2", "")
	a.send(append(one, two...))
	h.requireAck(a, first, "the first line of the message")
	h.requireAck(a, second, "the second line of the message")
}

func checkGatewaySplit(h *host) {
	a := h.acking()
	id, line := h.inbound("", " ü")
	cut := strings.Index(string(line), "ü") + 1
	a.write(ws.OpBinary, true, line[:cut])
	a.write(ws.OpBinary, true, line[cut:])
	h.requireAck(a, id, "a line in two messages")
}

func checkGatewayBinary(h *host) {
	a := h.acking()
	id, line := h.inbound("", "")
	a.write(ws.OpBinary, true, line)
	h.requireAck(a, id, "a binary message")
}

func checkGatewayBlank(h *host) {
	a := h.acking()
	id, line := h.inbound("", "")
	a.send(append([]byte("\n  \n\r\n"), line...))
	h.requireAck(a, id, "the line behind blank ones")
}

func checkGatewayCRLF(h *host) {
	a := h.acking()
	id, line := h.inbound("", "")
	a.send([]byte(strings.TrimSuffix(string(line), "\n") + "\r\n"))
	h.requireAck(a, id, `a line that ends with \r\n`)
}

func checkGatewayLong(h *host) {
	a := h.acking()
	id, line := h.inbound("", strings.Repeat("x", wire.MaxGatewayFrame-4096))
	a.send(line)
	h.requireAck(a, id, "an event of almost 1 MiB")
}

func checkGatewayBadUTF8(h *host) {
	a := h.acking()
	a.write(ws.OpBinary, true, []byte("{\"type\":\"interrupt_inbound\",\"session_key\":\"\xff\",\"chat_id\":\"\"}\n"))
	h.requireAlive(a, "a line with the byte ff")
}
