package check

import (
	"fmt"
	"io"
	"net/http"
	"strings"

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
			revoked := bearer && c.isRevoked() && c.fault != "serves the HTTP plane to a revoked gateway"
			if revoked || c.fault != open && (!bearer || c.refusal(r) != 0 && c.fault != "refuses a valid token") {
				reply(w, http.StatusUnauthorized, `{"error":"unauthorized"}`)
				return
			}
			do(w, r)
		})
	}
	guarded("POST "+wire.PolicyPath, "takes a policy of anybody", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, err := wire.DecodeRelevancePolicy(body)
		switch {
		case err != nil && c.fault == "fails at a body that is no object", err == nil && c.fault == "takes no policy":
			reply(w, http.StatusInternalServerError, `{"error":"no"}`)
		case err != nil:
			reply(w, http.StatusBadRequest, `{"error":"no"}`)
		default:
			reply(w, http.StatusOK, `{}`)
		}
	})
	guarded("POST "+wire.ProvisionPath, "provisions anybody", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked, _ := wire.DecodeRegistration(body)
		status, answer := c.provision(asked)
		reply(w, status, answer)
	})
	mux.HandleFunc("POST "+wire.EnrollPath, func(w http.ResponseWriter, r *http.Request) {
		status, answer := c.enrol(r)
		reply(w, status, answer)
	})
	guarded("POST "+wire.MediaPath, "takes files of anybody", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		rest, _ := io.Copy(io.Discard, r.Body)
		if rest > wire.MaxMedia-1<<20 && c.fault != "takes files of any size" {
			reply(w, http.StatusRequestEntityTooLarge, `{"error":"too large"}`)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.media["f1"] = body
		size := len(body) + int(rest)
		if c.fault == "tells no sizes" {
			size = 0
		}
		reply(w, http.StatusOK, fmt.Sprintf(`{"id":"f1","size":%d}`, size))
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

// provision answers a registration.
func (c *fakeConnector) provision(asked wire.Registration) (status int, answer string) {
	answer = `{"gatewayId":"g:1","secretIssued":false,"routeKeys":[]}`
	switch {
	case asked.GatewayID != "g:1" && c.fault != "provisions other ids":
		return http.StatusForbidden, `{"error":"another gateway's id"}`
	case c.fault == "issues a blank secret":
		answer = strings.Replace(answer, "false", "true", 1)
	case c.fault == "withholds a secret that it tells":
		answer = strings.Replace(answer, "false", `false,"secret":"s"`, 1)
	case c.fault == "leaves out the route keys":
		answer = strings.Replace(answer, "routeKeys", "routes", 1)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wakeURL, c.called = asked.WakeURL, false
	return http.StatusOK, answer
}
