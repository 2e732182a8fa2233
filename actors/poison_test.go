package actors_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"hermod/actors"
	"hermod/wire"
)

func TestPoisonFramesAreCountedAndTheConnectionLivesOn(t *testing.T) {
	deliveries := map[string]string{ // each is acknowledged, so that it does not come again for ever
		"event null":         `{"type":"inbound","event":null,"bufferId":"p"}`,
		"event a list":       `{"type":"inbound","event":[1],"bufferId":"p"}`,
		"source a string":    `{"type":"inbound","event":{"text":"x","source":"bad"},"bufferId":"p"}`,
		"forward not object": `{"type":"passthrough_forward","forward":7,"bufferId":"p"}`,
	}
	for name, line := range deliveries {
		t.Run(name, func(t *testing.T) {
			for _, handled := range []bool{true, false} {
				inBubble(t, func(w *world) {
					conn := w.ready()
					_ = conn.Send([]byte(line + "\n"))
					conn.Expect(wire.KindInboundAck)
					s := w.wantState("ready")
					if s.Generation != 1 || s.Counters.Malformed != 1 || s.Stuck != nil {
						t.Errorf("status is %+v", s)
					}
					if handled && (len(w.gate.letters) != 1 || string(w.gate.letters[0].Raw) != line || w.gate.letters[0].Err == nil) {
						t.Errorf("letters are %+v", w.gate.letters)
					}
				}, func(c *actors.Config) {
					if !handled {
						c.Handlers.DeadLetter = nil
					}
				})
			}
		})
	}
	for name, line := range map[string]string{
		"not JSON": `{nope`, "list": `[]`, "number": `5`, "null": `null`, "string": `"x"`, "type a number": `{"type":5}`,
		"invalid UTF-8": "{\"type\":\"inbound\",\"event\":{\"text\":\"\xff\"},\"bufferId\":\"p\"}",
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.ready()
				_ = conn.Send([]byte(line + "\n"))
				_ = conn.SendInbound(event("c1", "m1", "after"), "")
				w.wantEvents("after")
				if s := w.wantState("ready"); s.Generation != 1 || s.Counters.Malformed != 1 {
					t.Errorf("status is %+v", s)
				}
			})
		})
	}
	for name, line := range map[string]string{"unknown": `{"type":"whatever"}`, "echoed": `{"type":"hello"}`, "none": `{}`, "unasked": `{"type":"going_idle_ack"}`} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.ready()
				_ = conn.Send([]byte(line + "\n"))
				if s := w.wantState("ready"); s.Counters.Ignored != 1 || s.Counters.Malformed != 0 {
					t.Errorf("counters are %+v", s.Counters)
				}
			})
		})
	}
}

func TestALineOverMaxFrameClosesWith1009AndIsRetried(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		piece := []byte(strings.Repeat("x", 64<<10))
		for range 18 {
			_ = conn.SendMessage(piece)
		}
		if end := conn.AwaitEnd(); end == nil || end.Code != 1009 {
			t.Errorf("close is %+v", end)
		}
		w.ready()
	}, func(c *actors.Config) { c.MaxFrame = 1 << 20 })
}

func TestFramesMayShareMessagesSpanThemOrComeAsBinary(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		frame := func(i int) []byte {
			return wire.AppendInbound(nil, event("c1", fmt.Sprint("m", i), fmt.Sprint("é", i)), "")
		}
		three := append(append(append([]byte(nil), frame(0)...), frame(1)...), frame(2)...)
		_ = conn.SendMessage(three, []byte("\n \r\n"))
		for _, b := range frame(3) {
			_ = conn.SendMessage([]byte{b})
		}
		_ = conn.SendBinary(frame(4))
		last := frame(5)
		_ = conn.SendFragments(last[:7], nil, last[7:90], last[90:])
		w.wantEvents("é0", "é1", "é2", "é3", "é4", "é5")
	})
}

func TestALastLineWithoutItsEndDiesWithTheConnection(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		whole := wire.AppendInbound(nil, event("c1", "m1", "cut"), "")
		_ = conn.SendMessage(whole[:len(whole)-1])
		synctest.Wait()
		conn.Drop()
		next := w.ready()
		_ = next.SendMessage([]byte("\n"))
		w.wantEvents()
	})
}

func TestProtocolViolationsCloseWith1002AndAreRetried(t *testing.T) {
	for name, raw := range map[string][]byte{
		"reserved bits": {0xc1, 0}, "masked": {0x81, 0x80, 1, 2, 3, 4}, "unknown opcode": {0x83, 0},
		"unknown control": {0x8b, 0}, "fragmented ping": {0x09, 0}, "long ping": {0x89, 126, 0, 200},
		"lone continuation": {0x80, 0}, "message in message": {0x01, 1, 'x', 0x81, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.ready()
				_ = conn.SendRaw(raw)
				if end := conn.AwaitEnd(); end == nil || end.Code != 1002 {
					t.Errorf("close is %+v", end)
				}
				w.ready()
			})
		})
	}
}
