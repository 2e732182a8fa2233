package wire

import (
	"bytes"
	"encoding/base64"
	"iter"

	json "github.com/goccy/go-json"
)

// Forward is a platform's HTTP request that the connector answered itself and passed on.
// Headers are in the order of arrival.
type Forward struct {
	Platform string
	BotID    string
	Method   string
	Path     string
	Headers  [][2]string
	Body     []byte
	Profile  string

	raw []byte // as it was received; nil for one that was not
}

// Raw returns the forward's object as it was received, in the form of the wire and with the fields that Forward does
// not know, nil for one that was not received. It must not be changed.
func (f *Forward) Raw() json.RawMessage { return f.raw }

// Passthrough is one delivery of a Forward.
type Passthrough struct {
	Forward Forward
	// BufferID is what an acknowledgement must carry, "" if the delivery is live and cannot be
	// acknowledged.
	BufferID string
}

// Passthrough reads a passthrough_forward frame. The error is a *DecodeError; if the envelope
// could still be read, the Passthrough has its BufferID, so that the delivery can be given up
// and acknowledged.
func (d *Decoder) Passthrough(line []byte) (*Passthrough, error) {
	obj, err := parseObject(KindPassthroughForward, line)
	if err != nil {
		return nil, err
	}
	id, _ := obj.get("bufferId")
	p := &Passthrough{BufferID: bufferIDOf(id)}
	raw, ok := obj.get("forward")
	if !ok {
		return p, nil
	}
	if !isObject(raw) {
		return p, &DecodeError{Kind: KindPassthroughForward, Size: len(line), Reason: "forward is not an object"}
	}
	p.Forward = forwardOf(splitObject(raw))
	p.Forward.raw = bytes.Clone(raw)
	return p, nil
}

func forwardOf(o object) Forward {
	body, _ := o.get("bodyB64")
	return Forward{
		Platform: o.text("platform"),
		BotID:    o.text("botId"),
		Method:   o.text("method"),
		Path:     o.text("path"),
		Headers:  headersOf(o.list("headers")),
		Body:     bodyOf(body),
		Profile:  o.text("profile"),
	}
}

// headersOf reads the pairs of the list; anything else in it is dropped.
func headersOf(list iter.Seq[[]byte]) [][2]string {
	n := count(list, func(item []byte) bool { _, ok := pairOf(item); return ok })
	if n == 0 {
		return nil
	}
	headers := make([][2]string, 0, n)
	for item := range list {
		if pair, ok := pairOf(item); ok {
			headers = append(headers, [2]string{text(pair[0]), text(pair[1])})
		}
	}
	return headers
}

// pairOf returns the items of a list of two.
func pairOf(item []byte) (pair [2][]byte, ok bool) {
	n := 0
	for part := range items(item) {
		if n == len(pair) {
			return pair, false
		}
		pair[n] = part
		n++
	}
	return pair, n == len(pair)
}

func bodyOf(raw []byte) []byte {
	if !isString(raw) {
		return nil
	}
	body, ok := decodeBase64(text(raw))
	if !ok {
		return nil
	}
	return clip(body)
}

// AppendJSON appends the forward to dst for programs that read it: as on the wire, but with the
// body under "body" and the profile only if there is one.
func (f *Forward) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"platform":`...)
	dst = appendString(dst, f.Platform)
	dst = appendMember(dst, "botId", f.BotID)
	dst = appendMember(dst, "method", f.Method)
	dst = appendMember(dst, "path", f.Path)
	dst = append(dst, `,"headers":[`...)
	for i, h := range f.Headers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(append(dst, '['), h[0]), ',')
		dst = append(appendString(dst, h[1]), ']')
	}
	dst = append(dst, `],"body":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, f.Body)
	dst = append(dst, '"')
	if f.Profile != "" {
		dst = appendMember(dst, "profile", f.Profile)
	}
	return append(dst, '}')
}

// AppendPassthroughForward appends a passthrough_forward frame to dst. The forward must be a
// valid JSON object in the form of the wire; an empty bufferID is left out.
func AppendPassthroughForward(dst []byte, forward json.RawMessage, bufferID string) []byte {
	dst = beginFrame(dst, KindPassthroughForward)
	dst = appendRawMember(dst, "forward", forward)
	if bufferID != "" {
		dst = appendMember(dst, "bufferId", bufferID)
	}
	return endFrame(dst)
}
