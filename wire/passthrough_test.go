package wire_test

import (
	"errors"
	"fmt"
	"testing"

	"hermod/wire"
)

func TestForwardCoercions(t *testing.T) {
	for _, c := range []struct{ name, forward, want string }{
		{"whole", `{"platform":"discord","botId":"b","method":"POST","path":"/x","headers":[["A","1"],["a","2"]],"bodyB64":"aGk=","profile":"p"}`,
			`{"platform":"discord","botId":"b","method":"POST","path":"/x","headers":[["A","1"],["a","2"]],"body":"aGk=","profile":"p"}`},
		{"empty", `{}`, `{"platform":"","botId":"","method":"","path":"","headers":[],"body":""}`},
		{"nulls", `{"platform":null,"botId":null,"method":null,"path":null,"headers":null,"bodyB64":null,"profile":null}`,
			`{"platform":"","botId":"","method":"","path":"","headers":[],"body":""}`},
		{"no strings", `{"platform":5,"botId":1.50,"method":true,"path":[1],"headers":5,"bodyB64":5}`,
			`{"platform":"5","botId":"1.50","method":"true","path":"[1]","headers":[],"body":""}`},
		{"odd headers", `{"headers":[["a"],["a","b","c"],"xy",["k",5],{"a":"b"},[null,true],null]}`,
			`{"platform":"","botId":"","method":"","path":"","headers":[["k","5"],["","true"]],"body":""}`},
		{"other names", `{"bot_id":"b","bodyb64":"aGk=","Path":"/"}`,
			`{"platform":"","botId":"","method":"","path":"","headers":[],"body":""}`},
	} {
		p, err := new(wire.Decoder).Passthrough([]byte(`{"type":"passthrough_forward","forward":` + c.forward + `}`))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := string(p.Forward.AppendJSON(nil)); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestForwardBodies(t *testing.T) {
	for encoded, want := range map[string]string{
		"": "", "aGk=": "hi", "aGk": "", "aA==": "h", "aA=": "", "aA": "", "a": "", "a===": "", "aGkh": "hi!",
		"a!G k\\n=": "hi", "aGk=aGk=": "hi", "aA==junk": "h", "=aGk=": "hi", "aA=GkA==": "", "aGkh====": "hi!",
		"-_-_": "", "+/+/": "\xfb\xff\xbf", "aGkhé": "", "AP8QgA==": "\x00\xff\x10\x80",
	} {
		p, err := new(wire.Decoder).Passthrough([]byte(`{"forward":{"bodyB64":"` + encoded + `"}}`))
		if err != nil || string(p.Forward.Body) != want {
			t.Errorf("body %q is %q, want %q (%v)", encoded, p.Forward.Body, want, err)
		}
	}
}

func TestPassthroughRejectsWrongShapesAndKeepsTheBufferID(t *testing.T) {
	for _, forward := range []string{`null`, `[]`, `"x"`, `5`, `true`} {
		p, err := new(wire.Decoder).Passthrough([]byte(`{"type":"passthrough_forward","forward":` + forward + `,"bufferId":"b1"}`))
		var bad *wire.DecodeError
		if !errors.As(err, &bad) || bad.Reason != "forward is not an object" || p == nil || p.BufferID != "b1" {
			t.Errorf("%s: %+v, %v", forward, p, err)
		}
	}
	if p, err := new(wire.Decoder).Passthrough([]byte(`{"type":"passthrough_forward"}`)); err != nil || p.Forward.Path != "" {
		t.Errorf("absent: %+v, %v", p, err)
	}
}

func TestForwardsShareNoMemoryWithTheBuffer(t *testing.T) {
	line := []byte(`{"forward":{"platform":"discord","path":"/p","headers":[["a","b"]],"bodyB64":"aGk="},"bufferId":"b"}`)
	p, err := new(wire.Decoder).Passthrough(line)
	if err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprintf("%+v", p)
	for i := range line {
		line[i] = '#'
	}
	if after := fmt.Sprintf("%+v", p); after != before {
		t.Errorf("%s became %s", before, after)
	}
}
