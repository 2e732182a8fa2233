package api

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"unicode/utf8"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/web"
)

// maxSmall bounds the bodies of requests that carry no content, in bytes.
const maxSmall = 64 << 10

// read returns a request's body, which is JSON of at most limit bytes.
func read(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if sent := r.Header.Get("Content-Type"); sent != "" {
		kind, _, err := mime.ParseMediaType(sent)
		if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
			return nil, problem.New(http.StatusUnsupportedMediaType, "not-json", "Unsupported media type",
				"the body is not said to be JSON", "send the header 'Content-Type: application/json'; curl has --json for it")
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, problem.New(http.StatusRequestEntityTooLarge, "body-too-large", "Body too large",
			fmt.Sprintf("the body is longer than %d bytes", limit), "send less, for example a URL in place of content")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, problem.New(http.StatusRequestTimeout, "body-too-slow", "Body too slow",
			"the body did not come in time", "send it at once")
	case err != nil:
		return nil, badBody("the body could not be read", "send all of it")
	case !utf8.Valid(body):
		return nil, badBody("the body is not valid UTF-8", "encode it as UTF-8")
	}
	return body, nil
}

// decode reads a request's body into value; known names its fields.
func decode(w http.ResponseWriter, r *http.Request, limit int64, value any, known ...string) error {
	body, err := read(w, r, limit)
	if err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if !json.Valid(body) || json.Unmarshal(body, &fields) != nil || fields == nil {
		return badBody("the body is not a JSON object", "send one object with "+strings.Join(known, ", "))
	}
	for name := range fields {
		if !contains(known, name) {
			return badBody(fmt.Sprintf("the body has the unknown field %.40q", name), "use "+strings.Join(known, ", "))
		}
	}
	if err := json.Unmarshal(body, value); err != nil {
		return badBody("a field of the body has the wrong type", "see /openapi.json for its schema")
	}
	return nil
}

func contains(names []string, name string) bool {
	for _, known := range names {
		if known == name {
			return true
		}
	}
	return false
}

func badBody(detail, hint string) error {
	return problem.New(http.StatusBadRequest, "invalid-body", "Invalid body", detail, hint)
}

// answer sends a value that can always be encoded.
func answer(w http.ResponseWriter, status int, value any) error {
	web.SendJSON(w, status, value)
	return nil
}
