package guard_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/guard"
	"hermod/wire"
)

func TestProtect(t *testing.T) {
	type request struct {
		method, host, path string
		header             map[string]string
	}
	tests := []struct {
		name    string
		token   wire.Secret
		remote  bool
		request request
		want    int
	}{
		{"loopback without a token", "", false, request{}, 200},
		{"loopback name with a port", "", false, request{host: "localhost:8470"}, 200},
		{"foreign name without a token", "", false, request{host: "evil.example"}, 403},
		{"a name that begins like loopback", "", false, request{host: "127.0.0.1.evil.example"}, 403},
		{"foreign name where everybody is served", "", true, request{host: "bots.example"}, 200},
		{"token missing", "t", false, request{}, 401},
		{"token wrong", "t", false, request{header: map[string]string{"Authorization": "Bearer u"}}, 401},
		{"token of another scheme", "t", false, request{header: map[string]string{"Authorization": "Basic t"}}, 401},
		{"token too long", "t", false, request{header: map[string]string{"Authorization": "Bearer tt"}}, 401},
		{"token empty", "t", false, request{header: map[string]string{"Authorization": "Bearer "}}, 401},
		{"token right", "t", false, request{header: map[string]string{"Authorization": "Bearer t"}}, 200},
		{"token right under any name", "t", false, request{host: "bots.example", header: map[string]string{"Authorization": "bearer t"}}, 200},
		{"token in the query", "t", false, request{path: "/x?token=t"}, 401},
		{"open path", "t", false, request{path: "/open"}, 200},
		{"another origin's form", "", false, request{method: "POST", header: map[string]string{"Origin": "https://evil.example"}}, 403},
		{"another origin's form with the token", "t", false, request{method: "POST", header: map[string]string{
			"Authorization": "Bearer t", "Sec-Fetch-Site": "cross-site"}}, 403},
		{"another origin's GET", "", false, request{header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, 403},
		{"another port's GET", "", false, request{header: map[string]string{"Sec-Fetch-Site": "same-site"}}, 403},
		{"another origin's HEAD", "", false, request{method: "HEAD", header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, 403},
		{"a preflight", "", false, request{method: "OPTIONS", header: map[string]string{"Origin": "https://evil.example"}}, 403},
		{"an older browser's fetch", "", false, request{header: map[string]string{"Origin": "https://evil.example"}}, 403},
		{"an origin that is hidden", "", false, request{header: map[string]string{"Origin": "null"}}, 403},
		{"another origin's GET with the token", "t", false, request{header: map[string]string{
			"Authorization": "Bearer t", "Sec-Fetch-Site": "cross-site"}}, 403},
		{"another origin's GET of what is open", "t", false, request{path: "/open", header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, 403},
		{"another origin's GET of what is shared", "", false, request{path: "/shared", header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, 200},
		{"shared is not open", "t", false, request{path: "/shared", header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, 401},
		{"own page's GET", "", false, request{header: map[string]string{"Sec-Fetch-Site": "same-origin"}}, 200},
		{"an address that was typed", "", false, request{header: map[string]string{"Sec-Fetch-Site": "none"}}, 200},
		{"own page", "", false, request{method: "POST", header: map[string]string{"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}}, 200},
		{"program without an origin", "", false, request{method: "POST"}, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			register := access.NewRegister(tt.token == "")
			if tt.token != "" {
				register.Replace([]access.Token{{Name: "t", Secret: tt.token, Roles: []access.Role{access.Admin}}})
			}
			handler := guard.Protect(guard.Options{
				Control:  access.New(slog.New(slog.DiscardHandler)),
				Register: register,
				AnyHost:  tt.remote,
				Open:     func(r *http.Request) bool { return r.URL.Path == "/open" },
				Shared:   func(r *http.Request) bool { return r.URL.Path == "/shared" },
			}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			method, path := tt.request.method, tt.request.path
			if method == "" {
				method = "GET"
			}
			if path == "" {
				path = "/x"
			}
			r := httptest.NewRequest(method, path, nil)
			r.Host = "127.0.0.1"
			if tt.request.host != "" {
				r.Host = tt.request.host
			}
			for name, value := range tt.request.header {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Fatalf("answered %d, want %d", w.Code, tt.want)
			}
			if cors := w.Header().Get("Access-Control-Allow-Origin"); cors != "" {
				t.Errorf("lets %s read", cors)
			}
			if w.Code != 200 {
				wantProblem(t, w)
			}
		})
	}
}

func wantProblem(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	var problem struct {
		Status        int
		Title, Detail string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || problem.Status != w.Code || problem.Title == "" ||
		problem.Detail == "" ||
		w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("no problem: %s, %v", w.Body, err)
	}
	if w.Code == http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") == "" {
		t.Error("does not say how to authenticate")
	}
}
