package wire

import "strings"

// contextHeader is the first line of a rendered context.
const contextHeader = "[Recent channel messages]"

// ChannelContext renders the messages around the event, oldest first, as a header line and one
// "author: text" line each, or the text alone if the author is not known. It is "" when there
// are none. Items without a text are skipped.
func (e *Event) ChannelContext() string {
	if len(e.Context) == 0 || e.Context[0] != '[' {
		return ""
	}
	var out strings.Builder
	for _, item := range splitArray(e.Context) {
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
	o := splitObject(item)
	said, _ := o.get("text")
	if !truthy(said) {
		return "", false
	}
	if author := contextAuthor(o); author != "" {
		return author + ": " + text(said), true
	}
	return text(said), true
}

func contextAuthor(o object) string {
	source, _ := o.get("source")
	if !isObject(source) {
		return ""
	}
	s := splitObject(source)
	for _, name := range [...]string{"user_name", "user_id"} {
		if raw, _ := s.get(name); truthy(raw) {
			return text(raw)
		}
	}
	return ""
}
