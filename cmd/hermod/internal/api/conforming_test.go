package api_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/api"
)

// description is the API's document, loaded and validated.
func description(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Description)
	must(t, err)
	must(t, doc.Validate(context.Background(), openapi3.EnableSchemaFormatValidation()))
	return doc
}

// conforming holds every answer against the description.
type conforming struct {
	t    *testing.T
	next http.RoundTripper
	doc  *openapi3.T
}

func (c *conforming) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	route := c.route(r)
	if route == nil {
		return response, nil
	}
	input := &openapi3filter.ResponseValidationInput{Status: response.StatusCode, Header: response.Header,
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: route},
		Options:                &openapi3filter.Options{IncludeResponseStatus: true}}
	if isStream(response) {
		input.Options.ExcludeResponseBody = true
		input.Body = http.NoBody
	} else {
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return nil, err
		}
		_ = response.Body.Close()
		response.Body = io.NopCloser(bytes.NewReader(body))
		input.SetBodyBytes(body)
	}
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		c.t.Errorf("%s %s: the answer %d is not as described: %v", r.Method, r.URL.Path, response.StatusCode, err)
	}
	return response, nil
}

// wantDelivery holds a record against the description.
func wantDelivery(t *testing.T, record []byte) {
	t.Helper()
	var value any
	must(t, json.Unmarshal(record, &value))
	if err := description(t).Components.Schemas["Delivery"].Value.VisitJSON(value, openapi3.EnableJSONSchema2020()); err != nil {
		t.Errorf("the record %s is not as described: %v", record, err)
	}
}

func isStream(r *http.Response) bool {
	kind := r.Header.Get("Content-Type")
	return strings.HasPrefix(kind, "text/event-stream") || strings.HasPrefix(kind, "application/x-ndjson")
}

// route finds what the description says of a request; nil is nothing.
func (c *conforming) route(r *http.Request) *routers.Route {
	mux := http.NewServeMux()
	for path := range c.doc.Paths.Map() {
		mux.Handle(path, http.NotFoundHandler())
	}
	_, path := mux.Handler(r)
	item := c.doc.Paths.Value(path)
	if item == nil || item.GetOperation(r.Method) == nil {
		return nil
	}
	return &routers.Route{Spec: c.doc, Path: path, PathItem: item, Method: r.Method,
		Operation: item.GetOperation(r.Method)}
}
