package access_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"hermod/cmd/hermod/internal/access"
)

// hold opens a stream with a token and returns its context.
func (w *world) hold(authorization string) context.Context {
	w.t.Helper()
	held := make(chan context.Context, 1)
	w.serve = func(_ http.ResponseWriter, r *http.Request) {
		held <- r.Context()
		<-r.Context().Done()
	}
	go w.ask("10.0.0.1:1", authorization)
	return <-held
}

func TestARevokedTokenEndsWhatItHoldsAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, next, other := token("a", "old"), token("a", "next"), token("b", "other", access.Read)
		w := newWorld(t, old, other)
		gone, stays := w.hold("Bearer old"), w.hold("Bearer other")
		w.register.Replace([]access.Token{next, old, other})
		synctest.Wait()
		if gone.Err() != nil || stays.Err() != nil {
			t.Error("a token that is added ends streams")
		}
		rotated := w.hold("Bearer next")
		w.register.Replace([]access.Token{next, other})
		synctest.Wait()
		if gone.Err() == nil || stays.Err() != nil || rotated.Err() != nil {
			t.Errorf("the revoked one: %v, the others: %v, %v", gone.Err(), stays.Err(), rotated.Err())
		}
		w.register.Replace([]access.Token{next, token("b", "other", access.Steer)})
		synctest.Wait()
		if stays.Err() == nil {
			t.Error("a token of which the roles changed keeps its streams")
		}
		w.register.Replace(nil)
		synctest.Wait()
		w.wantStatus("10.0.0.1:1", "Bearer next", http.StatusUnauthorized)
	})
}

func TestNobodyNewComesInWhileTokensAreRetained(t *testing.T) {
	w := newWorld(t, token("a", "old"), token("b", "kept"))
	w.register.Retain([]access.Token{token("b", "kept"), token("c", "new")})
	w.wantStatus("10.0.0.1:1", "Bearer old", http.StatusUnauthorized)
	w.wantStatus("10.0.0.1:1", "Bearer kept", http.StatusOK)
	w.wantStatus("10.0.0.1:1", "Bearer new", http.StatusUnauthorized)
}

// slowBody calls revoke before its second half comes.
type slowBody struct {
	parts  []string
	revoke func()
}

func (b *slowBody) Read(p []byte) (int, error) {
	if len(b.parts) == 0 {
		return 0, io.EOF
	}
	if len(b.parts) == 1 {
		b.revoke()
	}
	n := copy(p, b.parts[0])
	b.parts = b.parts[1:]
	return n, nil
}

func TestABodyThatComesAfterItsTokenWasRevokedCountsForNothing(t *testing.T) {
	w := newWorld(t, token("a", "old"))
	var body []byte
	var err error
	w.serve = func(_ http.ResponseWriter, r *http.Request) { body, err = io.ReadAll(r.Body) }
	r := httptest.NewRequest(http.MethodPost, "/x", &slowBody{[]string{"{", "}"}, func() { w.register.Replace(nil) }})
	r.Header.Set("Authorization", "Bearer old")
	if w.handle(r); err == nil || string(body) == "{}" {
		t.Errorf("the handler read %q, %v", body, err)
	}
}

func TestWhoComesInWithoutATokenIsNamedByItsCertificate(t *testing.T) {
	w := newWorld(t)
	var by string
	w.serve = func(_ http.ResponseWriter, r *http.Request) { by = access.CallerOf(r).By() }
	w.ask("10.0.0.1:1", "Bearer whatever")
	if by != "local" {
		t.Errorf("is %s", by)
	}
	r := httptest.NewRequest(http.MethodGet, "/x", nil)
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Subject: pkix.Name{CommonName: "ops"}}}}
	if w.handle(r); by != "certificate:CN=ops" {
		t.Errorf("is %s", by)
	}
}

func TestOnlyAProxyIsBelievedWhereARequestComesFrom(t *testing.T) {
	for name, tt := range map[string]struct {
		peer      string
		forwarded []string
		unix      bool
		want      string
	}{
		"a client that lies":             {"192.0.2.1:5", []string{"1.1.1.1"}, false, "from=192.0.2.1 "},
		"a proxy":                        {"10.0.0.1:5", []string{"1.1.1.1"}, false, "from=1.1.1.1 "},
		"a client that lies to a proxy":  {"10.0.0.1:5", []string{"9.9.9.9, 1.1.1.1"}, false, "from=1.1.1.1 "},
		"two proxies":                    {"10.0.0.1:5", []string{"9.9.9.9, 1.1.1.1", "10.0.0.2"}, false, "from=1.1.1.1 "},
		"a proxy that says nothing":      {"10.0.0.1:5", nil, false, "from=10.0.0.1 "},
		"a proxy that says nonsense":     {"10.0.0.1:5", []string{"1.1.1.1, x"}, false, "from=10.0.0.1 "},
		"a proxy with ports":             {"10.0.0.1:5", []string{"1.1.1.1:99"}, false, "from=1.1.1.1 "},
		"a proxy in IPv4 written as v6":  {"[::ffff:10.0.0.1]:5", []string{"[2001:db8::1]"}, false, "from=2001:db8::/64 "},
		"a user of the socket":           {"unix:uid=7", []string{"1.1.1.1"}, false, "from=\"unix:uid=7\""},
		"a proxy that uses the socket":   {"unix:uid=7", []string{"1.1.1.1"}, true, "from=1.1.1.1 "},
		"the socket without the header":  {"unix:uid=7", nil, true, "from=\"unix:uid=7\""},
		"somebody without a name at all": {"@", nil, false, "from=unix "},
	} {
		w := newWorld(t, token("a", "right"))
		w.proxies = access.Proxies{Unix: tt.unix, Networks: networks(t, "10.0.0.0/8")}
		var headers []string
		for _, value := range tt.forwarded {
			headers = append(headers, "X-Forwarded-For", value)
		}
		w.ask(tt.peer, "Bearer wrong", headers...)
		if !strings.Contains(w.log.String(), tt.want) {
			t.Errorf("%s: want %s in %s", name, tt.want, &w.log)
		}
	}
}
