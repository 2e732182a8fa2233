package check

import (
	"io"
	"net/http"

	"hermod/wire"
)

// plane serves the HTTP plane.
func (c *fakeConnector) plane(mux *http.ServeMux) {
	reply := func(w http.ResponseWriter, status int, body string) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
	guarded := func(path, open string, do http.HandlerFunc) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			bearer := r.Header.Get("Authorization") != ""
			if c.fault != open && (!bearer || c.refusal(r) != 0 && c.fault != "refuses a valid token") {
				reply(w, http.StatusUnauthorized, `{"error":"unauthorized"}`)
				return
			}
			do(w, r)
		})
	}
	guarded("POST "+wire.PolicyPath, "takes a policy of anybody", func(w http.ResponseWriter, _ *http.Request) {
		if c.fault == "takes no policy" {
			reply(w, http.StatusInternalServerError, `{"error":"no"}`)
			return
		}
		reply(w, http.StatusOK, `{}`)
	})
	guarded("POST "+wire.ProvisionPath, "", func(w http.ResponseWriter, _ *http.Request) {
		issued := "false"
		if c.fault == "issues a blank secret" {
			issued = "true"
		}
		reply(w, http.StatusOK, `{"gatewayId":"g:1","secretIssued":`+issued+`}`)
	})
	guarded("POST "+wire.MediaPath, "", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		rest, _ := io.Copy(io.Discard, r.Body)
		if rest > wire.MaxMedia-1<<20 && c.fault != "takes files of any size" {
			reply(w, http.StatusRequestEntityTooLarge, `{"error":"too large"}`)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.media["f1"] = body
		reply(w, http.StatusOK, `{"id":"f1","size":1}`)
	})
	guarded("GET "+wire.MediaPath+"/{id}", "gives files to anybody", func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		body, ok := c.media[r.PathValue("id")]
		switch {
		case !ok && c.fault != "has a file for every id":
			reply(w, http.StatusNotFound, `{"error":"no such file"}`)
		case c.fault == "cuts files":
			reply(w, http.StatusOK, string(body[:len(body)/2]))
		default:
			reply(w, http.StatusOK, string(body))
		}
	})
}
