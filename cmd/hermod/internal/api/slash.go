package api

import (
	"net/http"
	"strings"
)

// slash serves a path whose last segment is one escaped slash, which is the value of name. To http.ServeMux such a
// segment is the end of the path, {$}, so that no pattern with a name matches it. A path that does end there is for
// otherwise.
func slash(name string, serve, otherwise http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.EscapedPath(), "/") {
			otherwise.ServeHTTP(w, r)
			return
		}
		r.SetPathValue(name, "/")
		serve.ServeHTTP(w, r)
	})
}
