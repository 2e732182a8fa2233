package record

import (
	"hermod/actors"
	"hermod/gateway/adapter"
	"hermod/wire"
)

// An event's record says, besides what came, what each adapter would work out from it: "derived" has members to lay
// over the event's, and "reply" what an answer to it needs.

// sessionKeys are the options of the relay that a delivery came from, the defaults without one.
func sessionKeys(relay *actors.Relay) wire.SessionKeyOptions {
	if relay == nil {
		return wire.SessionKeyOptions{}
	}
	return relay.SessionKeys()
}

// appendEvent appends an event with its session key and what follows from it.
func appendEvent(line []byte, e *wire.Event, key, thread string, subcommands []string) []byte {
	line = e.AppendJSON(append(line, `"event":`...))
	line = appendText(line, "session_key", key)
	line = appendDerived(line, e, subcommands)
	return appendReply(line, &e.Source, thread)
}

// appendDerived appends the members of an event that differ from what came, or stand in several places of it.
func appendDerived(line []byte, e *wire.Event, subcommands []string) []byte {
	m := members{line: append(line, `,"derived":{`...)}
	if text, kind := adapter.SlackParentCommand(e, subcommands); text != e.Text || kind != e.MessageType {
		m.add("text", text)
		m.add("message_type", string(kind))
	}
	if len(e.Extras().MediaURLs) > 0 {
		m.add("media_types", e.MediaTypes())
	}
	m.addText("channel_context", e.ChannelContext())
	m.addText("user_name", e.Source.ShownName())
	m.addText("scope_id", e.Source.Scope())
	m.addText("source_message_id", e.SourceMessageID())
	return append(m.line, '}')
}

// appendReply appends the start of an answer: where it goes, and by what the connector authorises it.
func appendReply(line []byte, s *wire.Source, thread string) []byte {
	if s.ChatID == "" {
		return line
	}
	line = append(line, `,"reply":{"action":{"chat_id":`...)
	line = append(appendValue(line, s.ChatID), `,"metadata":{`...)
	m := members{line: line}
	m.addText("scope_id", s.Scope())
	m.addText("user_id", s.UserID)
	if profile := s.Extras().Profile; profile != "main" && profile != "default" {
		m.addText("profile", profile)
	}
	m.addText("thread_id", thread)
	line = append(m.line, "}}"...)
	if s.Platform != "" && s.Platform != wire.RelayPlatform {
		line = appendText(line, "platform", s.Platform)
	}
	return append(line, '}')
}

// appendInteraction appends what a forwarded request means, if it is a Discord interaction that can be read.
func appendInteraction(line []byte, f *wire.Forward, options wire.SessionKeyOptions) []byte {
	if !adapter.IsInteraction(f) {
		return line
	}
	i, err := adapter.ReadInteraction(f)
	if err != nil {
		return line
	}
	line = appendEvent(append(line, `,"interaction":{`...), i.Event, i.Event.SessionKey(options), i.Event.Thread(options), nil)
	if i.PressedMessageID != "" {
		line = appendText(line, "pressed_message_id", i.PressedMessageID)
	}
	if i.Fields != nil {
		line = appendValue(append(line, `,"fields":`...), i.Fields)
	}
	return append(line, '}')
}

// members are those of an object that is being written.
type members struct {
	line   []byte
	follow bool
}

// addText adds a text unless it is empty.
func (m *members) addText(name, text string) {
	if text != "" {
		m.add(name, text)
	}
}

func (m *members) add(name string, value any) {
	if m.follow {
		m.line = append(m.line, ',')
	}
	m.follow = true
	m.line = appendValue(append(append(append(m.line, '"'), name...), `":`...), value)
}
