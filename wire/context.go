package wire

import "strings"

// contextHeader is the first line of a rendered context.
const contextHeader = "[Recent channel messages]"

// ChannelContext renders the messages around the event, oldest first, as a header line and one
// "author: text" line each, or the text alone if the author is not known. It is "" when there
// are none. Items without a text are skipped.
func (e *Event) ChannelContext() string {
	var out strings.Builder
	for item := range items(e.Extras().Context) {
		line, ok := contextLine(item)
		if !ok {
			continue
		}
		if out.Len() == 0 {
			out.WriteString(contextHeader)
		}
		out.WriteByte('\n')
		out.WriteString(line)
	}
	return out.String()
}

func contextLine(item []byte) (string, bool) {
	if !isObject(item) {
		return "", false
	}
	said := find(item, "text")
	if !truthy(said) {
		return "", false
	}
	if author := contextAuthor(item); author != "" {
		return author + ": " + text(said), true
	}
	return text(said), true
}

func contextAuthor(item []byte) string {
	source := find(item, "source")
	for _, name := range [...]string{"user_name", "user_id"} {
		if raw := find(source, name); truthy(raw) {
			return text(raw)
		}
	}
	return ""
}
