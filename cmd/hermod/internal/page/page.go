package page

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
)

//go:embed assets
var assets embed.FS

// policy lets the page load its own files and talk to its own server, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// index is the file that is served at /.
const index = "index.html"

// file is one embedded file as it is served.
type file struct {
	content   []byte
	mediaType string
	tag       string
}

// Mount serves the page at / and its files under /assets/. They need no token: they tell nothing of the bots.
func Mount(mux *http.ServeMux) {
	for name, f := range load() {
		pattern := "GET /assets/" + name
		if name == index {
			pattern = "GET /{$}"
		}
		mux.Handle(pattern, f)
	}
}

// load reads the embedded files, once.
func load() map[string]*file {
	files := make(map[string]*file)
	entries, err := assets.ReadDir("assets")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	for _, entry := range entries {
		content, err := assets.ReadFile("assets/" + entry.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(content)
		tag := `"` + hex.EncodeToString(sum[:8]) + `"`
		files[entry.Name()] = &file{content: content, mediaType: mediaType(entry.Name()), tag: tag}
	}
	return files
}

// mediaType does not ask the machine's tables for what it serves.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// ServeHTTP answers with the file, or with 304 to a browser that has it.
func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", f.tag)
	if r.Header.Get("If-None-Match") == f.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.mediaType)
	_, _ = w.Write(f.content)
}
