package wire

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	json "github.com/goccy/go-json"
	jsonv2 "github.com/goccy/go-json/v2"
)

const eventTail = `","message_type":"text","message_id":"112233445566778899","reply_to_message_id":null,` +
	`"media_urls":[],"source":{"platform":"discord","chat_id":"998877665544332211","chat_type":"group",` +
	`"chat_name":"general","user_id":"123456789012345678","user_name":"ben","thread_id":null,` +
	`"chat_topic":null,"message_id":"112233445566778899","guild_id":"1"}},"bufferId":"b-123"}`

// inboundLine returns an inbound frame of that many bytes.
func inboundLine(size int) []byte {
	head := `{"type":"inbound","event":{"text":"`
	fill := size - len(head) - len(eventTail)
	return []byte(head + strings.Repeat("some words ", fill/11+1)[:fill] + eventTail)
}

const resultLine = `{"type":"outbound_result","requestId":"0123456789abcdef0123456789abcdef",` +
	`"result":{"success":true,"message_id":"112233445566778899"}}`

var (
	sinkInbound *Inbound
	sinkFrame   *inboundFrame
	sinkKind    Kind
	sinkResult  Result
	sinkBytes   []byte
	sinkString  string
)

func BenchmarkInbound(b *testing.B) {
	for _, size := range []int{420, 4096} {
		line := inboundLine(size)
		b.Run(fmt.Sprintf("wire/%d", size), func(b *testing.B) {
			var d Decoder
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				in, err := d.Inbound(line)
				if err != nil {
					b.Fatal(err)
				}
				sinkInbound = in
			}
		})
		b.Run(fmt.Sprintf("goccy/%d", size), func(b *testing.B) { benchPlain(b, line, json.Unmarshal) })
		b.Run(fmt.Sprintf("goccy-v2/%d", size), func(b *testing.B) {
			benchPlain(b, line, func(data []byte, v any) error { return jsonv2.Unmarshal(data, v) })
		})
	}
	b.Run("lenient/420", func(b *testing.B) {
		var d Decoder
		line := bytes.Replace(inboundLine(420), []byte(`"123456789012345678"`), []byte(`123456789012345678`), 1)
		b.ReportAllocs()
		for b.Loop() {
			in, err := d.Inbound(line)
			if err != nil {
				b.Fatal(err)
			}
			sinkInbound = in
		}
	})
}

// benchPlain decodes into the same struct and does nothing else.
func benchPlain(b *testing.B, line []byte, unmarshal func([]byte, any) error) {
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		f := &inboundFrame{}
		if err := unmarshal(line, f); err != nil {
			b.Fatal(err)
		}
		sinkFrame = f
	}
}

func BenchmarkOutboundResult(b *testing.B) {
	line := []byte(resultLine)
	b.Run("wire", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, r, err := DecodeOutboundResult(line)
			if err != nil {
				b.Fatal(err)
			}
			sinkResult = r
		}
	})
	b.Run("goccy", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f := &resultFrame{}
			if err := json.Unmarshal(line, f); err != nil {
				b.Fatal(err)
			}
			sinkString = f.RequestID
		}
	})
}

func BenchmarkClassify(b *testing.B) {
	for _, line := range []string{
		string(inboundLine(420)), resultLine, `{"type":"descriptor","descriptor":{}}`, `{"type":"going_idle_ack"}`,
	} {
		raw := []byte(line)
		kind, _ := Classify(raw)
		b.Run(kind.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sinkKind, _ = Classify(raw)
			}
		})
	}
}

func BenchmarkAppendOutbound(b *testing.B) {
	action := NewSend("998877665544332211", "a message of an ordinary length, as a bot writes them")
	id := NewRequestID()
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		sinkBytes = AppendOutbound(buf, id, action, "discord", "b1")
	}
}

func BenchmarkNewSend(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sinkBytes = NewSend("998877665544332211", "a message of an ordinary length").raw
	}
}

func BenchmarkLineBuffer(b *testing.B) {
	chunk := bytes.Repeat(append(inboundLine(420), '\n'), 39)
	b.SetBytes(int64(len(chunk)))
	b.ReportAllocs()
	buf, n := NewLineBuffer(0), 0
	for b.Loop() {
		if err := buf.Feed(chunk, func([]byte) { n++ }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSessionKey(b *testing.B) {
	s := &Source{Platform: "discord", ChatID: "998877665544332211", ChatType: "group", UserID: "123456789012345678"}
	b.ReportAllocs()
	for b.Loop() {
		sinkString = SessionKey(s, SessionKeyOptions{})
	}
}

// inboundFrame is an inbound frame as a struct for goccy.
type inboundFrame struct {
	Event *struct {
		Text             string   `json:"text"`
		MessageType      string   `json:"message_type"`
		MessageID        string   `json:"message_id"`
		ReplyToMessageID string   `json:"reply_to_message_id"`
		MediaURLs        []string `json:"media_urls"`
		Media            []Media  `json:"media"`
		Source           Source   `json:"source"`
		ReplyTo          *ReplyTo `json:"reply_to"`
	} `json:"event"`
	BufferID string `json:"bufferId"`
}

// BenchmarkEventReader decodes into memory that is used again, as a gateway whose handlers release their events does.
func BenchmarkEventReader(b *testing.B) {
	for _, size := range []int{420, 4096} {
		line := inboundLine(size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			var d Decoder
			var r EventReader
			var ev Event
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				ev = Event{}
				if _, err := r.Inbound(&d, line, &ev); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
