package access_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/access"
	"hermod/wire"
)

// world is a register behind which everything is served, and the log.
type world struct {
	t        *testing.T
	log      bytes.Buffer
	control  *access.Control
	register *access.Register
	proxies  access.Proxies
	serve    http.HandlerFunc
}

func newWorld(t *testing.T, tokens ...access.Token) *world {
	w := &world{t: t, serve: func(http.ResponseWriter, *http.Request) {}}
	w.control = access.New(slog.New(slog.NewTextHandler(&w.log, nil)))
	w.register = access.NewRegister(len(tokens) == 0)
	w.register.Replace(tokens)
	return w
}

// token is one that may do everything.
func token(name string, secret wire.Secret, roles ...access.Role) access.Token {
	if len(roles) == 0 {
		roles = []access.Role{access.Admin}
	}
	return access.Token{Name: name, Secret: secret, Roles: roles}
}

// ask sends a request from an address and returns the answer.
func (w *world) ask(from, authorization string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/x", nil)
	r.RemoteAddr = from
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return w.handle(r)
}

func (w *world) handle(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	closed := func(*http.Request) bool { return false }
	w.control.Admit(w.register, w.proxies, closed, w.serve).ServeHTTP(answer, r)
	return answer
}

func (w *world) wantStatus(from, authorization string, want int) {
	w.t.Helper()
	if got := w.ask(from, authorization).Code; got != want {
		w.t.Errorf("%s showing %q is answered %d, want %d", from, authorization, got, want)
	}
}

func (w *world) lines() int { return strings.Count(w.log.String(), "\n") }
