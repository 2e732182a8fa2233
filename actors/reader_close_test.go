package actors_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"hermod/messages"
	"hermod/wire"
)

func TestACloseFrameIsAnsweredAsTheStandardWants(t *testing.T) {
	for name, c := range map[string]struct {
		body    string
		answer  int
		code    int    // in the status
		offence string // in the status
	}{
		"without a body":           {"", 1000, 1005, ""},
		"with a body of one byte":  {"\x03", 1002, 1005, "one byte"},
		"normal":                   {"\x03\xe8bye", 1000, 1000, ""},
		"of an application":        {"\x0f\xa1", 4001, 4001, ""},
		"with the code 0":          {"\x00\x00", 1002, 0, "must not be sent"},
		"with the code 1005":       {"\x03\xed", 1002, 1005, "must not be sent"},
		"with the code 1006":       {"\x03\xee", 1002, 1006, "must not be sent"},
		"with the code 5000":       {"\x13\x88", 1002, 5000, "must not be sent"},
		"with a reason in Latin-1": {"\x03\xe8caf\xe9", 1007, 1000, "UTF-8"},
		"that breaks the protocol": {"\x03\xea", 1002, 1002, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.ready()
				_ = conn.SendRaw(append([]byte{0x88, byte(len(c.body))}, c.body...))
				if end := conn.AwaitEnd(); end == nil || end.Code != c.answer {
					t.Errorf("answered with %+v, want %d", end, c.answer)
				}
				s := w.wantState(messages.Backoff)
				if s.CloseCode != c.code || !strings.Contains(s.LastError, c.offence) ||
					c.offence == "" && strings.Contains(s.LastError, "violation") {
					t.Errorf("close code is %d, want %d: %s", s.CloseCode, c.code, s.LastError)
				}
				if !utf8.ValidString(s.CloseReason) {
					t.Errorf("reason is %q", s.CloseReason)
				}
				conn.Drop()
			})
		})
	}
}

func TestAProtocolViolationIsTheConnectionsEndNotABug(t *testing.T) {
	for name, raw := range map[string]string{
		"reserved bits are set":          "\xc1\x00",
		"a server's frame is masked":     "\x81\x80\x00\x00\x00\x00",
		"fragmented or too long":         "\x09\x00",
		"continuation without a message": "\x80\x00",
		"a message inside a message":     "\x01\x00\x01\x00",
		"unknown frame 0x3":              "\x83\x00",
		"unknown control frame 0xb":      "\x8b\x00",
		"impossible frame length":        "\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				conn := w.ready()
				_ = conn.SendRaw([]byte(raw))
				if end := conn.AwaitEnd(); end == nil || end.Code != wire.CloseProtocol {
					t.Errorf("closed with %+v", end)
				}
				synctest.Wait()
				s := w.relay.Status()
				if !strings.Contains(s.LastError, name) || s.Ends[messages.LinkEnd{Cause: messages.CauseLost}] != 1 {
					t.Errorf("ends are %v: %s", s.Ends, s.LastError)
				}
			})
		})
	}
}
