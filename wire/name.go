package wire

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// usualNames are the names of members that frames, events, sources, forwards, results and descriptors have.
var usualNames = func() map[string]string {
	names := make(map[string]string)
	for _, name := range [...]string{
		"type", "platform", "botId", "command_manifest", "requestId", "action", "session_key", "reason", "bufferId",
		"descriptor", "event", "result", "chat_id", "forward", "method", "path", "headers", "bodyB64", "profile",
		"text", "message_type", "message_id", "reply_to_message_id", "media_urls", "media", "source", "reply_to",
		"context", "context_error", "prompt_response", "url", "kind", "mime", "size", "filename", "caption", "author",
		"is_own", "chat_type", "chat_name", "user_id", "user_name", "user_display_name", "user_handle", "thread_id",
		"chat_topic", "user_id_alt", "chat_id_alt", "parent_chat_id", "scope_id", "guild_id", "auto_thread_created",
		"auto_thread_initial_name", "prospective_thread_id", "success", "error", "code", "ambiguous", "chat_info", "name",
		"description", "options", "contract_version", "label", "max_message_length", "supports_draft_streaming",
		"supports_edit", "supports_threads", "markdown_dialect", "len_unit", "emoji", "platform_hint", "pii_safe",
		"supports_context", "supported_ops", "supports_inchannel_continuable", "supports_block_formatting",
	} {
		names[name] = name
	}
	return names
}()

// usualName returns the name if it is a usual one, else "".
func usualName(name []byte) string { return usualNames[string(name)] }

// isNamed reports whether a JSON string is that name.
func isNamed(raw []byte, name string) bool {
	if bytes.IndexByte(raw, '\\') < 0 {
		return len(raw) == len(name)+2 && string(raw[1:len(raw)-1]) == name
	}
	var buf nameBuffer
	if plain := buf.plain(raw); plain != nil {
		return string(plain) == name
	}
	// No character of a name takes more than the six bytes of an escape.
	return !isShortASCII(name) && len(raw) <= 6*len(name)+2 && text(raw) == name
}

// nameBuffer holds a name whose escapes are undone. No usual name is longer.
type nameBuffer [32]byte

func isShortASCII(name string) bool {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return false
		}
	}
	return len(name) <= len(nameBuffer{})
}

// plain returns the name that a valid JSON string stands for, nil when it is too long or not ASCII. It allocates
// nothing.
func (b *nameBuffer) plain(raw []byte) []byte {
	raw = raw[1 : len(raw)-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	n := 0
	for len(raw) > 0 {
		c, size := raw[0], 1
		if c == '\\' {
			c, size = unescaped(raw)
		}
		if c >= utf8.RuneSelf || n == len(b) {
			return nil
		}
		b[n] = c
		n++
		raw = raw[size:]
	}
	return b[:n]
}

// unescaped returns the character of the escape at the start of a valid JSON string's rest, and the escape's length. It
// returns utf8.RuneSelf for a character that is not ASCII.
func unescaped(raw []byte) (c byte, size int) {
	switch raw[1] {
	case 'u':
		v, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
		if err != nil || v >= utf8.RuneSelf {
			return utf8.RuneSelf, 6
		}
		return byte(v), 6
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	}
	return raw[1], 2
}
