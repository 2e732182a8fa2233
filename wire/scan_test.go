package wire

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
)

// patiently reads a frame without the scan.
func patiently(line []byte) (ev Event, bufferID string, err error) {
	bufferID, err = new(Decoder).inboundLeniently(line, &ev)
	return ev, bufferID, err
}

// quickly reads a frame with the scan alone, by a reader that has read the usual order, and this line.
func quickly(line []byte) (ev Event, bufferID string, ok bool) {
	var r EventReader
	for _, before := range [][]byte{line, inboundLine(420), line} {
		r.scanInbound(before, new(Event))
	}
	if bufferID, ok = r.scanInbound(line, &ev); ok {
		ev.normalize(r.platformOf(new(Decoder), ev.Source.Platform))
	}
	return ev, bufferID, ok
}

// FuzzScan compares what the scan reads with what the patient way reads.
func FuzzScan(f *testing.F) {
	raw, err := os.ReadFile("testdata/vectors.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for i, line := range bytes.Split(raw, []byte("\n")) {
		if i%10 == 0 {
			f.Add(append(append([]byte(`{"type":"inbound","event":`), line...), '}'))
		}
	}
	for _, c := range scanned {
		f.Add([]byte(c.line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		got, gotID, ok := quickly(line)
		if !ok {
			return
		}
		want, wantID, err := patiently(line)
		if err != nil {
			t.Fatalf("read quickly what is refused: %v", err)
		}
		if !reflect.DeepEqual(got, want) || gotID != wantID {
			t.Errorf("quickly %q %+v\npatiently %q %+v", gotID, got, wantID, want)
		}
	})
}

// scanned are frames, and whether the scan is to read them.
var scanned = []struct {
	line string
	ok   bool
}{
	{string(inboundLine(420)), true},
	{string(inboundLine(20_000)), true},
	{`{"type":"inbound","event":{}}`, true},
	{" {\t\"event\" : { \"text\" : \"a\" ,\r \"source\" : { } } ,\n\"bufferId\" : 7 } ", true},
	{`{"event":{"text":5,"message_id":-1.50e+3,"reply_to_message_id":true,"message_type":["photo"]},"bufferId":0}`, true},
	{`{"event":{"text":{"a": [1,"]"]},"source":{"chat_id":12,"user_id":null,"auto_thread_created":"x"}},"bufferId":{}}`, true},
	{`{"event":{"text":"a\n\ud83d\ude00\u00e9\"","source":null,"media_urls":["u",null,5,""]},"bufferId":"\/"}`, true},
	{`{"event":{"media":[{"url":"u","size":7,"x":1},{},5,{"url":""},{"url":"v","url":null}],"media":null}}`, true},
	{`{"event":{"media":[{"url":"u"}],"media_urls":"x","reply_to":{},"context":[{"text":"x"}],"prompt_response":{"a":1}}}`, true},
	{`{"event":{"reply_to":{"text":"q","author":7,"is_own":1},"context":null,"context_error":[]}}`, true},
	{`{"event":{"text":"a","source":{"chat_id":"c"}},"event":{"source":{"user_id":"u"},"source":{}}}`, true},
	{`{"event":{"Text":"no","te xt":"no"},"BufferId":"no"}`, true},
	{`{"event":{"x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}}`, true},
	{`{"event":{"x":` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `}}`, false},
	{`{"event":{"media_urls":[` + strings.Repeat(`"u",`, 63) + `"u"]}}`, true},
	{`{"event":{"media_urls":[` + strings.Repeat(`"u",`, 64) + `"u"]}}`, false},
	{`{"event":{"media":[` + strings.Repeat(`{},`, 64) + `{}]}}`, false},
	{`{"event":{"te\u0078t":"x"}}`, false},
	{`{"event":{"source":""}}`, false},
	{`{"event":{"source":"x"}}`, false},
	{`{"event":{"reply_to":false}}`, false},
	{`{"event":null}`, false},
	{`{"type":"inbound"}`, false},
	{`[]`, false},
	{``, false},
	{`{"event":{}`, false},
	{`{"event":{}}}`, false},
	{`{"event":{}} x`, false},
	{`{"event":{},}`, false},
	{`{"event":{"text":"a",}}`, false},
	{`{"event":{"text" "a"}}`, false},
	{`{"event":{"text":"a" "b":1}}`, false},
	{`{"event":{"media_urls":["u",]}}`, false},
	{`{"event":{"media_urls":["u"}}`, false},
	{"{\"event\":{\"text\":\"\xff\"}}", false},
	{"{\"event\":{\"text\":\"a\x01b\"}}", false},
	{"{\"event\":{\"text\":\"12345678\x1f\"}}", false},
	{`{"event":{"text":"a\x"}}`, false},
	{`{"event":{"text":"a\u12g4"}}`, false},
	{`{"event":{"text":"a\`, false},
	{`{"event":{"text":01}}`, false},
	{`{"event":{"text":1.}}`, false},
	{`{"event":{"text":-}}`, false},
	{`{"event":{"text":1e}}`, false},
	{`{"event":{"text":nul}}`, false},
	{`{"event":{"x":truth}}`, false},
}

func TestTheScanReadsWhatThePatientWayReads(t *testing.T) {
	for _, c := range scanned {
		first := new(Event)
		if _, ok := new(EventReader).scanInbound([]byte(c.line), first); ok != c.ok {
			t.Errorf("%.200s\nscanned by a new reader: %v, want %v", c.line, ok, c.ok)
		}
		got, gotID, ok := quickly([]byte(c.line))
		if ok != c.ok {
			t.Errorf("%.200s\nscanned: %v, want %v", c.line, ok, c.ok)
			continue
		}
		if !ok {
			continue
		}
		first.normalize(new(Decoder).platform(first.Source.Platform))
		want, wantID, err := patiently([]byte(c.line))
		if err != nil || !reflect.DeepEqual(*first, want) || !reflect.DeepEqual(got, want) || gotID != wantID {
			t.Errorf("%.200s\nquickly %q %+v\npatiently %q %+v (%v)", c.line, gotID, got, wantID, want, err)
		}
	}
}

func TestAStopIsFoundAtEveryPlace(t *testing.T) {
	for length := range 120 {
		for at := range length {
			for c := range 256 {
				text := bytes.Repeat([]byte("!"), length)
				text[at] = byte(c)
				want := length
				if c < ' ' || c == '"' || c == '\\' {
					want = at
				}
				if got := plainLength(text); got != want {
					t.Fatalf("byte %#x at %d of %d: found at %d", c, at, length, got)
				}
			}
		}
	}
}
