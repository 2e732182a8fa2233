package boot_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hermod/gateway/boot"
	"hermod/wire"
)

func TestOnlyTheConnectorsOwnMediaGetTheBearer(t *testing.T) {
	media := newClient(t, &script{}, nil).Media(inHand())
	const own = "https://connector.example/base/relay/media/"
	for ref, want := range map[string]bool{
		own + "m1":  true,
		own + "m.1": true,
		"HTTPS://CONNECTOR.example:443/base/relay/media/m1":          true,
		"http://connector.example/base/relay/media/m1":               false,
		"https://connector.example:444/base/relay/media/m1":          false,
		"https://connector.example.evil.example/base/relay/media/m1": false,
		"https://evil.example/base/relay/media/m1":                   false,
		"https://connector.example@evil.example/base/relay/media/m1": false,
		"https://user@connector.example/base/relay/media/m1":         false,
		"https://connector.example/relay/media/m1":                   false,
		"https://connector.example/base/relay/mediaX/m1":             false,
		"https://connector.example/base/relay/media":                 false,
		own:                     false,
		own + "..":              false,
		own + "../../policy":    false,
		own + "%2e%2e":          false,
		own + "%2e%2e%2fpolicy": false,
		own + `..\policy`:       false,
		own + "a/b":             false,
		own + "a%2Fb":           false,
		"//connector.example/base/relay/media/m1": false,
		"file:///base/relay/media/m1":             false,
		"":                                        false,
		"::":                                      false,
	} {
		if media.Owns(ref) != want {
			t.Errorf("Owns(%q) = %v", ref, !want)
		}
	}
}

// server answers on a real socket and remembers the bearers that it saw.
type server struct {
	*httptest.Server
	bearers []string
	answer  http.HandlerFunc
}

func newServer(t *testing.T, answer http.HandlerFunc) *server {
	t.Helper()
	s := &server{answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.bearers = append(s.bearers, r.Header.Get("Authorization")+r.Header.Get("Referer"))
		s.answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func mediaOf(t *testing.T, s *server) *boot.MediaClient {
	t.Helper()
	client, err := boot.New(boot.Config{URL: s.URL, GatewayID: "g1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdle)
	return client.Media(inHand())
}

func TestBearerNeverCrossesARedirect(t *testing.T) {
	content := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("content")) }
	elsewhere := newServer(t, content)
	connector := newServer(t, nil)
	connector.answer = func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/relay/media/away":
			http.Redirect(w, r, elsewhere.URL+"/signed?canary", http.StatusFound)
		case "/relay/media/here":
			http.Redirect(w, r, "/relay/media/there", http.StatusTemporaryRedirect)
		default:
			content(w, r)
		}
	}
	media := mediaOf(t, connector)
	for _, id := range []string{"away", "here"} {
		d, err := media.Download(t.Context(), connector.URL+"/relay/media/"+id)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(d); err != nil || string(got) != "content" {
			t.Fatalf("%s: %q, %v", id, got, err)
		}
		_ = d.Close()
	}
	if len(elsewhere.bearers) != 1 || elsewhere.bearers[0] != "" {
		t.Fatal("the bearer went to another origin")
	}
	if len(connector.bearers) != 3 || !strings.HasPrefix(connector.bearers[1], "Bearer ") || connector.bearers[2] != "" {
		t.Fatal("the bearer belongs to the first request, and to no redirect")
	}
}

func TestForeignMediaAreAskedForWithoutABearer(t *testing.T) {
	elsewhere := newServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("public")) })
	d, err := mediaOf(t, newServer(t, nil)).Download(t.Context(), elsewhere.URL+"/cdn/file?canary")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got, err := io.ReadAll(d); err != nil || string(got) != "public" || elsewhere.bearers[0] != "" {
		t.Fatalf("read %q, %v, with bearer: %v", got, err, elsewhere.bearers[0] != "")
	}
}

func TestRedirectsThatAreNotFollowed(t *testing.T) {
	for name, step := range map[string]transport{
		"from https to http": status(302, "", "Location", "http://elsewhere.example/canary"),
		"to a file":          status(302, "", "Location", "file:///canary"),
		"without end":        status(302, "", "Location", "https://connector.example/base/relay/media/m1?canary"),
	} {
		s := &script{steps: []transport{step}}
		_, err := newClient(t, s, nil).Media(inHand()).Download(t.Context(), "https://connector.example/base/relay/media/m1")
		if err == nil || len(s.requests) > 6 {
			t.Errorf("%s: %v after %d requests", name, err, len(s.requests))
		}
		expectNoSecret(t, err)
	}
}

func TestUploadIsNotRedirected(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		s := &script{steps: []transport{status(code, "", "Location", "https://elsewhere.example/")}}
		_, err := newClient(t, s, nil).Media(inHand()).Upload(t.Context(), boot.Upload{Body: strings.NewReader("x")})
		var refused *boot.RefusedError
		if !errors.As(err, &refused) || refused.Status != code || len(s.requests) != 1 {
			t.Errorf("%d: %v after %d requests", code, err, len(s.requests))
		}
	}
}

func TestDownloadIsBounded(t *testing.T) {
	big := bytes.Repeat([]byte("x"), wire.MaxMedia+1)
	connector := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/relay/media/announced":
			w.Header().Set("Content-Length", "26214401")
			_, _ = w.Write(big)
		case "/relay/media/streamed":
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write(big)
		case "/relay/media/whole":
			_, _ = w.Write(big[1:])
		case "/relay/media/gone":
			http.Error(w, `{"error":"made room"}`, http.StatusNotFound)
		}
	})
	media := mediaOf(t, connector)
	read := func(id string) (int, error) {
		d, err := media.Download(t.Context(), connector.URL+"/relay/media/"+id)
		if err != nil {
			return 0, err
		}
		defer d.Close()
		n, err := io.Copy(io.Discard, d)
		return int(n), err
	}
	for id, want := range map[string]error{"announced": boot.ErrMediaTooLarge, "streamed": boot.ErrMediaTooLarge, "empty": boot.ErrMediaEmpty} {
		if n, err := read(id); !errors.Is(err, want) || n > wire.MaxMedia {
			t.Errorf("%s: %d bytes, %v", id, n, err)
		}
	}
	if n, err := read("whole"); err != nil || n != wire.MaxMedia {
		t.Errorf("read %d bytes, %v", n, err)
	}
	var refused *boot.RefusedError
	if _, err := read("gone"); !errors.As(err, &refused) || refused.Reason != "made room" || !strings.Contains(refused.Hint, "gone") {
		t.Error(err)
	}
}

func TestUploadIsBounded(t *testing.T) {
	s := &script{steps: []transport{status(200, `{"id":"m 1"}`)}}
	media := newClient(t, s, nil).Media(inHand())
	big := bytes.Repeat([]byte("x"), wire.MaxMedia+1)
	for name, test := range map[string]struct {
		upload boot.Upload
		want   error
	}{
		"announced": {boot.Upload{Body: strings.NewReader("x"), Size: wire.MaxMedia + 1}, boot.ErrMediaTooLarge},
		"streamed":  {boot.Upload{Body: bytes.NewReader(big)}, boot.ErrMediaTooLarge},
		"empty":     {boot.Upload{Body: strings.NewReader("")}, boot.ErrMediaEmpty},
		"broken":    {boot.Upload{Body: io.MultiReader(strings.NewReader("x"), broken{})}, io.ErrUnexpectedEOF},
	} {
		if _, err := media.Upload(t.Context(), test.upload); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ref, err := media.Upload(t.Context(), boot.Upload{Body: bytes.NewReader(big[1:]), Filename: `C:\tmp/../a` + "\r\n" + `b.txt`})
	if err != nil || ref != "https://connector.example/base/relay/media/m%201" || !media.Owns(ref) {
		t.Fatalf("uploaded %q, %v", ref, err)
	}
	r := s.requests[len(s.requests)-1]
	if r.Header.Get("X-Media-Filename") != "ab.txt" || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") || len(s.bodies[len(s.bodies)-1]) != wire.MaxMedia {
		t.Fatalf("sent %v", r.Header)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestFailedDownloadShowsNoURL(t *testing.T) {
	for _, ref := range []string{"ftp://h/canary", "https://user:canary@h/", "/canary", "https://connector.example/base/relay/media/m1?canary"} {
		s := &script{steps: []transport{failing(errors.New("connection refused"))}}
		_, err := newClient(t, s, nil).Media(inHand()).Download(t.Context(), ref)
		if err == nil {
			t.Errorf("%s was opened", ref)
		}
		expectNoSecret(t, err)
	}
}
