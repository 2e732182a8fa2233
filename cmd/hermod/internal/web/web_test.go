package web_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"hermod/cmd/hermod/internal/web"
)

func TestAnAnswerIsOneLineThatNoCacheKeeps(t *testing.T) {
	w := httptest.NewRecorder()
	web.SendJSON(w, http.StatusAccepted, map[string]string{"text": "a < b"})
	if w.Code != http.StatusAccepted || w.Body.String() != `{"text":"a < b"}`+"\n" ||
		w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("answered %d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestAnErrorIsShownWithoutItsURL(t *testing.T) {
	refused := errors.New("connection refused")
	for _, err := range []error{refused, &url.Error{Op: "Post", URL: "http://h/?secret=x", Err: refused}} {
		if got := web.WithoutURL(err); got != refused {
			t.Errorf("%v became %v", err, got)
		}
	}
}
