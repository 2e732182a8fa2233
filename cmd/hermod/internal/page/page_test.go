package page

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// maxSize is what all files together may weigh, in bytes, before anything is compressed.
const maxSize = 88 << 10

func get(t *testing.T, path string, header http.Header) *http.Response {
	t.Helper()
	mux := http.NewServeMux()
	Mount(mux)
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for name := range header {
		r.Header.Set(name, header.Get(name))
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w.Result()
}

func names(t *testing.T) []string {
	t.Helper()
	found, err := fs.Glob(assets, "assets/*")
	if err != nil || len(found) == 0 {
		t.Fatalf("files are %v: %v", found, err)
	}
	return found
}

func TestEveryFileIsServedUnderAStrictPolicy(t *testing.T) {
	types := map[string]string{
		".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	}
	for _, name := range names(t) {
		path := "/" + name
		if name == "assets/"+index {
			path = "/"
		}
		answer := get(t, path, nil)
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", path, answer.Status)
		}
		if got, want := answer.Header.Get("Content-Type"), types[name[strings.LastIndex(name, "."):]]; got != want {
			t.Errorf("%s: content type %q, want %q", path, got, want)
		}
		for header, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		} {
			if got := answer.Header.Get(header); !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q, want %q", path, header, got, want)
			}
		}
		if got := answer.Header.Get("Content-Security-Policy"); strings.Contains(got, "unsafe") {
			t.Errorf("%s: the policy is %q", path, got)
		}
	}
}

func TestABrowserKeepsWhatDidNotChange(t *testing.T) {
	first := get(t, "/", nil)
	again := get(t, "/", http.Header{"If-None-Match": {first.Header.Get("ETag")}})
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("answered %s", again.Status)
	}
	other := get(t, "/", http.Header{"If-None-Match": {`"another"`}})
	if other.StatusCode != http.StatusOK {
		t.Errorf("answered %s", other.Status)
	}
}

func TestNothingElseIsServed(t *testing.T) {
	for _, path := range []string{"/index.html", "/assets/", "/assets/" + index, "/assets/../page.go", "/v1/bots"} {
		if answer := get(t, path, nil); answer.StatusCode != http.StatusNotFound && answer.StatusCode/100 != 3 {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
}

func TestThePageLoadsNothingFromElsewhereAndParsesNoMarkup(t *testing.T) {
	elsewhere := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9-]+\.[a-z]|@import|url\(`)
	markup := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|\.srcdoc`)
	for _, name := range names(t) {
		content, err := fs.ReadFile(assets, name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(content), "http://www.w3.org/2000/svg", "")
		if found := elsewhere.FindString(text); found != "" {
			t.Errorf("%s: %s", name, found)
		}
		if found := markup.FindString(text); found != "" {
			t.Errorf("%s: %s", name, found)
		}
	}
}

func TestThePageIsSmall(t *testing.T) {
	size := 0
	for _, f := range load() {
		size += len(f.content)
	}
	t.Logf("%d bytes", size)
	if size > maxSize {
		t.Errorf("the page has %d bytes, more than %d", size, maxSize)
	}
}
