package wire_test

import (
	"errors"
	"strings"
	"testing"

	"hermod/wire"
)

func TestClassifyNamesEveryKind(t *testing.T) {
	for kind := wire.KindHello; kind <= wire.KindPassthroughForward; kind++ {
		for _, line := range []string{
			`{"type":"` + kind.String() + `"}`,
			`{"type": "` + kind.String() + `", "x": 1}`,
			` { "x" : [1, {"type":"no"}] , "type" : "` + kind.String() + `" } `,
			`{"type":"` + kind.String() + `","event":{}}`,
		} {
			if got, err := wire.Classify([]byte(line)); got != kind || err != nil {
				t.Errorf("Classify(%s) = %v, %v", line, got, err)
			}
		}
	}
}

func TestClassifyIgnoresUnknownTypes(t *testing.T) {
	for _, line := range []string{
		`{}`, `{"type":"whatever"}`, `{"type":""}`, `{"type":"INBOUND"}`, `{"Type":"inbound"}`, `{"type":"unknown"}`,
		`{"type":"inbound\u0000"}`, `{"event":{"type":"inbound"}}`,
	} {
		if got, err := wire.Classify([]byte(line)); got != wire.KindUnknown || err != nil {
			t.Errorf("Classify(%s) = %v, %v", line, got, err)
		}
	}
}

func TestClassifyReadsEscapesAndTheLastOfTwoTypes(t *testing.T) {
	for line, want := range map[string]wire.Kind{
		`{"type":"\u0068ello"}`:                 wire.KindHello,
		`{"\u0074ype":"hello"}`:                 wire.KindHello,
		`{"type":"hello","type":"going_idle"}`:  wire.KindGoingIdle,
		`{"type":"going_idle","x":"\ud800 é😀"}`: wire.KindGoingIdle,
	} {
		if got, err := wire.Classify([]byte(line)); got != want || err != nil {
			t.Errorf("Classify(%s) = %v, %v", line, got, err)
		}
	}
}

// poison is every shape of line that is no frame, with the reason that is given.
var poison = map[string]string{
	``:                                 "not valid JSON",
	`{nope`:                            "not valid JSON",
	`{"type":"hello"} x`:               "not valid JSON",
	`{"type":"hello"}{}`:               "not valid JSON",
	`{"type":"hello",}`:                "not valid JSON",
	`{"type":"hello","n":NaN}`:         "not valid JSON",
	"{\"type\":\"a\nb\"}":              "not valid JSON",
	"\ufeff{\"type\":\"hello\"}":       "not valid JSON",
	`[]`:                               "not a JSON object",
	`5`:                                "not a JSON object",
	`null`:                             "not a JSON object",
	`"hello"`:                          "not a JSON object",
	`true`:                             "not a JSON object",
	"{\"type\":\"hello\xff\"}":         "not valid UTF-8",
	"{\"type\":\"hello\",\"x\xff\":1}": "not valid UTF-8",
	"{\"type\":\"hello\",\"x\":\"\xed\xa0\x80\"}": "not valid UTF-8",
	"\xff":                 "not valid UTF-8",
	`{"type":5}`:           "type is not a string",
	`{"type":null}`:        "type is not a string",
	`{"type":["inbound"]}`: "type is not a string",
}

func TestClassifyRejectsPoisonPerFrame(t *testing.T) {
	for line, reason := range poison {
		_, err := wire.Classify([]byte(line))
		var bad *wire.DecodeError
		if !errors.As(err, &bad) || bad.Reason != reason || bad.Size != len(line) {
			t.Errorf("Classify(%q) gave %v, want %q", line, err, reason)
		}
	}
}

func TestDecodeErrorShowsNoContent(t *testing.T) {
	const secret = "tr0ub4dor"
	for _, line := range []string{
		`{"type":"inbound","event":"` + secret + `"}`, `{"type":"` + secret, secret, `["` + secret + `"]`,
		"{\"type\":\"inbound\",\"event\":{\"text\":\"" + secret + "\xff\"}}",
		`{"type":"inbound","event":{"source":"` + secret + `"}}`,
	} {
		_, err := new(wire.Decoder).Inbound([]byte(line))
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("Inbound(%q) gave %v", line, err)
		}
		for inner := err; inner != nil; inner = errors.Unwrap(inner) {
			if strings.Contains(inner.Error(), secret) {
				t.Errorf("a cause shows the content: %v", inner)
			}
		}
	}
}

func TestKindOfAnUnknownNumberIsUnknown(t *testing.T) {
	if got := wire.Kind(200).String(); got != "unknown" {
		t.Errorf("Kind(200) is %q", got)
	}
}
