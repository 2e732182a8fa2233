package wire

import "fmt"

// MaxBody bounds the JSON bodies of a connector's HTTP plane in bytes, for requests and
// answers. Readers enforce it.
const MaxBody = 256 << 10

// BodyError says why a body of the HTTP plane could not be read.
type BodyError struct {
	// Body names the expected body ("credentials").
	Body string
	// Size is its length in bytes.
	Size int
	// Reason names what is wrong, never the content.
	Reason string
}

// Error names the body, its size and the reason, and never shows the content.
func (e *BodyError) Error() string {
	return fmt.Sprintf("wire: reading %s of %d bytes: %s", e.Body, e.Size, e.Reason)
}

// parseBody validates the whole body and splits it into its members.
func parseBody(name string, raw []byte) (object, error) {
	o, err := parseObject(KindUnknown, raw)
	if err != nil {
		return object{}, &BodyError{Body: name, Size: len(raw), Reason: err.(*DecodeError).Reason}
	}
	return o, nil
}

// word returns the member of that name if it is a string, else "": a number or an object does
// not count.
func (o object) word(name string) string {
	raw, _ := o.get(name)
	if !isString(raw) {
		return ""
	}
	return text(raw)
}

// words returns the strings in the list of that name.
func (o object) words(name string) []string {
	var words []string
	for item := range o.list(name) {
		if isString(item) {
			words = append(words, text(item))
		}
	}
	return words
}

// need returns a *BodyError for the first of the members that is missing or blank.
func (o object) need(name string, size int, members ...string) error {
	for _, m := range members {
		if isBlank(o.word(m)) {
			return &BodyError{Body: name, Size: size, Reason: fmt.Sprintf("%q is missing, blank or not a string", m)}
		}
	}
	return nil
}

// appendWords appends ,"key":["word",...].
func appendWords(dst []byte, key string, words []string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, key...)
	dst = append(dst, `":[`...)
	for i, word := range words {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, word)
	}
	return append(dst, ']')
}
