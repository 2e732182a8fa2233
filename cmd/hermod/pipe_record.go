package main

import (
	"encoding/base64"
	"unicode/utf8"

	"hermod/actors"
	"hermod/wire"

	json "github.com/goccy/go-json"
)

// The functions below make one record each: a line of standard output with its line break.

func inboundRecord(d *actors.Inbound) []byte {
	line := make([]byte, 0, len(d.Event.Raw())+256)
	line = append(line, `{"kind":"inbound","event":`...)
	line = d.Event.AppendJSON(line)
	line = appendText(line, "session_key", d.SessionKey)
	return endRecord(appendBufferID(line, d.BufferID))
}

func passthroughRecord(d *actors.Passthrough) []byte {
	line := []byte(`{"kind":"passthrough","forward":`)
	line = d.Forward.AppendJSON(line)
	return endRecord(appendBufferID(line, d.BufferID))
}

func interruptRecord(i wire.InterruptInbound) []byte {
	line := appendText([]byte(`{"kind":"interrupt"`), "session_key", i.SessionKey)
	return endRecord(appendText(line, "chat_id", i.ChatID))
}

// deadLetterRecord shows the frame as it came, and what was read of it, if anything was.
func deadLetterRecord(d *actors.DeadLetter) []byte {
	line := []byte(`{"kind":"dead_letter"`)
	if utf8.Valid(d.Raw) {
		line = appendText(line, "raw", string(d.Raw))
	} else {
		line = appendText(line, "raw", base64.StdEncoding.EncodeToString(d.Raw))
		line = appendText(line, "encoding", "base64")
	}
	if d.Event != nil {
		line = d.Event.AppendJSON(append(line, `,"event":`...))
		line = appendText(line, "session_key", d.SessionKey)
	}
	if d.Forward != nil {
		line = d.Forward.AppendJSON(append(line, `,"forward":`...))
	}
	line = appendBufferID(line, d.BufferID)
	return endRecord(appendText(line, "error", d.Err.Error()))
}

func descriptorRecord(d *wire.Descriptor) []byte {
	return endRecord(d.AppendJSON([]byte(`{"kind":"descriptor","descriptor":`)))
}

func resultRecord(id json.RawMessage, result wire.Result) []byte {
	line := appendID([]byte(`{"kind":"result"`), id)
	return endRecord(result.AppendJSON(append(line, `,"result":`...)))
}

// chatInfoRecord says of a failed request, besides why, what to take for the chat's name and type.
func chatInfoRecord(id json.RawMessage, info wire.ChatInfo, failure error) []byte {
	line := appendID([]byte(`{"kind":"result"`), id)
	line = appendValue(append(line, `,"result":{"name":`...), info.Name)
	line = appendText(line, "type", info.Type)
	if failure != nil {
		line = appendText(line, "error", failure.Error())
	}
	return endRecord(append(line, '}'))
}

func idleRecord(id json.RawMessage, acked bool) []byte {
	line := appendID([]byte(`{"kind":"idle"`), id)
	return endRecord(appendValue(append(line, `,"acked":`...), acked))
}

func errorRecord(id json.RawMessage, text string) []byte {
	return endRecord(appendText(appendID([]byte(`{"kind":"error"`), id), "error", text))
}

// shownState is what a state record shows. Two equal ones in a row are one record.
type shownState struct {
	Kind          string       `json:"kind"`
	State         actors.State `json:"state"`
	PlatformState string       `json:"platform_state"`
	Attempt       int          `json:"attempt"`
	Code          int          `json:"code"`
	Reason        string       `json:"reason"`
	NextDial      string       `json:"next_dial,omitempty"`
	Error         string       `json:"error,omitempty"`
	Hint          string       `json:"hint,omitempty"`
}

func shown(s actors.Status) shownState {
	state := shownState{
		Kind: "state", State: s.State, PlatformState: s.PlatformState, Attempt: s.Attempt,
		Code: s.CloseCode, Reason: s.CloseReason, Error: s.LastError, Hint: s.Hint,
	}
	if !s.NextDial.IsZero() {
		state.NextDial = s.NextDial.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	}
	return state
}

func (s shownState) record() []byte { return append(appendValue(nil, s), '\n') }

func endRecord(line []byte) []byte { return append(line, '}', '\n') }

// appendID appends the id of a command as it was given, nothing when there was none.
func appendID(line []byte, id json.RawMessage) []byte {
	if id == nil {
		return line
	}
	return append(append(line, `,"id":`...), id...)
}

func appendBufferID(line []byte, bufferID string) []byte {
	if bufferID == "" {
		return line
	}
	return appendText(line, "bufferId", bufferID)
}

func appendText(line []byte, key, value string) []byte {
	line = append(append(append(line, `,"`...), key...), `":`...)
	return appendValue(line, value)
}

// appendValue appends a value that can always be encoded.
func appendValue(line []byte, value any) []byte {
	encoded, err := json.MarshalWithOption(value, json.DisableHTMLEscape())
	if err != nil {
		panic(err)
	}
	return append(line, encoded...)
}
