package record

import (
	"bytes"
	"encoding/base64"
	"unicode/utf8"

	json "github.com/goccy/go-json"

	"hermod/actors"
	"hermod/wire"
)

// Origin says of a delivery what its reader cannot know from elsewhere. The zero value says nothing.
type Origin struct {
	// ID names the delivery, the same each time that it is made; Bot is the bot's name in the configuration.
	ID, Bot string
	// Traceparent is the W3C trace context that the delivery belongs to, "" without one.
	Traceparent string
}

// begin opens a record.
func (o Origin) begin(line []byte, kind string) []byte {
	line = append(append(append(line, `{"kind":"`...), kind...), '"')
	if o != (Origin{}) {
		line = appendText(line, "id", o.ID)
		line = appendText(line, "bot", o.Bot)
	}
	if o.Traceparent != "" {
		line = appendText(line, "traceparent", o.Traceparent)
	}
	return line
}

// Inbound is the record of an event. The subcommands are those of the gateway that Slack's /hermes may name.
func Inbound(o Origin, d *actors.Inbound, subcommands ...string) []byte {
	line := o.begin(make([]byte, 0, len(d.Event.Raw())+512), "inbound")
	thread := d.Event.Thread(sessionKeys(d.Relay))
	line = appendEvent(append(line, ','), d.Event, d.SessionKey, thread, subcommands)
	return endRecord(appendBufferID(line, d.BufferID))
}

// Passthrough is the record of a forwarded HTTP request.
func Passthrough(o Origin, d *actors.Passthrough) []byte {
	line := d.Forward.AppendJSON(append(o.begin(nil, "passthrough"), `,"forward":`...))
	line = appendInteraction(line, d.Forward, sessionKeys(d.Relay))
	return endRecord(appendBufferID(line, d.BufferID))
}

// Interrupt is the record of a request to stop a session's work.
func Interrupt(o Origin, i wire.InterruptInbound) []byte {
	line := appendText(o.begin(nil, "interrupt"), "session_key", i.SessionKey)
	return endRecord(appendText(line, "chat_id", i.ChatID))
}

// DeadLetter is the record of a delivery that was given up: its Raw, and what was read of it, if anything was.
func DeadLetter(o Origin, d *actors.DeadLetter) []byte {
	line := o.begin(nil, "dead_letter")
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

// Descriptor is the record of what the connector says of a platform.
func Descriptor(d *wire.Descriptor) []byte {
	return endRecord(d.AppendJSON([]byte(`{"kind":"descriptor","descriptor":`)))
}

// Result is the record of what became of an action.
func Result(id json.RawMessage, result wire.Result) []byte {
	line := appendID([]byte(`{"kind":"result"`), id)
	return endRecord(result.AppendJSON(append(line, `,"result":`...)))
}

// ChatInfo is the record of a chat's name and type. It says of a failed request, besides why, what to take for them.
func ChatInfo(id json.RawMessage, info wire.ChatInfo, failure error) []byte {
	line := appendID([]byte(`{"kind":"result"`), id)
	line = appendValue(append(line, `,"result":{"name":`...), info.Name)
	line = appendText(line, "type", info.Type)
	if failure != nil {
		line = appendText(line, "error", failure.Error())
	}
	return endRecord(append(line, '}'))
}

// Idle is the record of an answer to go_idle or go_dormant.
func Idle(id json.RawMessage, acked bool) []byte {
	line := appendID([]byte(`{"kind":"idle"`), id)
	return endRecord(appendValue(append(line, `,"acked":`...), acked))
}

// Error is the record of a command that could not be carried out.
func Error(id json.RawMessage, text string) []byte {
	return endRecord(appendText(appendID([]byte(`{"kind":"error"`), id), "error", text))
}

// State is what a state record shows. Two equal ones in a row are one record.
type State struct {
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

// StateOf returns what is shown of a status.
func StateOf(s actors.Status) State {
	state := State{
		Kind: "state", State: s.State, PlatformState: s.PlatformState, Attempt: s.Attempt,
		Code: s.CloseCode, Reason: s.CloseReason, Error: s.LastError, Hint: s.Hint,
	}
	if !s.NextDial.IsZero() {
		state.NextDial = s.NextDial.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	}
	return state
}

// Record is the state's record.
func (s State) Record() []byte { return append(escapeSeparators(appendValue(nil, s)), '\n') }

func endRecord(line []byte) []byte { return append(escapeSeparators(line), '}', '\n') }

// escapeSeparators escapes U+2028 and U+2029, which some readers of lines take for line breaks. In
// JSON they stand in strings only.
func escapeSeparators(line []byte) []byte {
	if !bytes.Contains(line, []byte("\u2028")) && !bytes.Contains(line, []byte("\u2029")) {
		return line
	}
	line = bytes.ReplaceAll(line, []byte("\u2028"), []byte(`\u2028`))
	return bytes.ReplaceAll(line, []byte("\u2029"), []byte(`\u2029`))
}

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
