package web

import (
	"net/http"
	"strconv"

	json "github.com/goccy/go-json"
)

// JSONType is the media type of JSON.
const JSONType = "application/json"

// Send answers with a body that no cache may keep. Headers that were set before are sent too. An error of the write is
// the client's loss: it has gone.
func Send(w http.ResponseWriter, status int, mediaType string, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(body))) // the answer is complete though the request may not be
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// SendJSON answers with a value, followed by a line break. It panics if the value cannot be encoded, which is a bug.
func SendJSON(w http.ResponseWriter, status int, value any) {
	Send(w, status, JSONType, append(Encode(value), '\n'))
}

// Encode returns a value as JSON without escapes for HTML. It panics if the value cannot be encoded, which is a bug.
func Encode(value any) []byte {
	body, err := json.MarshalWithOption(value, json.DisableHTMLEscape())
	if err != nil {
		panic(err)
	}
	return body
}
