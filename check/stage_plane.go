package check

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"hermod/wire"
)

// maxRequests bounds the requests of the HTTP plane that are kept for checks; further ones are answered only.
const maxRequests = 256

// The paths of the files that checks have a gateway read: one of the connector, one that leads away from it, and one
// that is none of the connector's.
const (
	ownFile     = wire.MediaPath + "/" + marker
	movedFile   = wire.MediaPath + "/" + marker + "-moved"
	foreignPath = "/" + marker
)

// stagePlane is the HTTP plane of a stage. It is safe for concurrent use.
type stagePlane struct {
	mu       sync.Mutex
	requests []planeRequest
}

// planeRequest is a request of the HTTP plane.
type planeRequest struct {
	method, path  string
	authorization string
	proven        bool // it bears a token of the gateway
	body          frame
}

// seen returns the requests so far for a path, oldest first.
func (p *stagePlane) seen(path string) []planeRequest {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []planeRequest
	for _, r := range p.requests {
		if r.path == path || path == foreignPath && strings.HasPrefix(r.path, foreignPath+"/") {
			found = append(found, r)
		}
	}
	return found
}

func (p *stagePlane) note(r planeRequest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.requests) < maxRequests {
		p.requests = append(p.requests, r)
	}
}

// servePlane answers as a connector that knows the gateway.
func (s *stage) servePlane(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(upgradeTime))
	path := r.URL.Path
	if at := strings.LastIndex(path, "/relay/"); at > 0 {
		path = path[at:] // the gateway may have been given a base
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, wire.MaxBody))
	authorization := r.Header.Get("Authorization")
	request := planeRequest{r.Method, path, authorization, s.proves(authorization), parseFrame(body)}
	s.plane.note(request)
	status, answer := s.planeAnswer(request)
	if status/100 == 3 {
		w.Header().Set("Location", answer)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}

func (s *stage) planeAnswer(r planeRequest) (status int, answer string) {
	switch {
	case r.method == http.MethodGet && r.path == movedFile:
		return http.StatusFound, foreignPath + "/moved"
	case r.method == http.MethodGet && (r.path == ownFile || strings.HasPrefix(r.path, foreignPath+"/")):
		return http.StatusOK, "a file of " + marker
	case r.method != http.MethodPost:
		return http.StatusNotFound, `{"error":"no such route"}`
	case r.path == wire.EnrollPath:
		return s.enrolled(r)
	case !r.proven:
		return http.StatusUnauthorized, `{"error":"no token of the gateway"}`
	case r.path == wire.ProvisionPath:
		return http.StatusOK, string(wire.AppendIssue(nil, wire.Issue{SecretWithheld: true,
			Credentials: wire.Credentials{GatewayID: s.GatewayID, Tenant: marker}}))
	case r.path == wire.PolicyPath:
		return http.StatusOK, "{}"
	case r.path == wire.MediaPath:
		return http.StatusOK, fmt.Sprintf(`{"id":%q,"size":%d}`, marker, len(r.body.line))
	}
	return http.StatusNotFound, `{"error":"no such route"}`
}

// proves reports whether the authorization is a token of the gateway.
func (s *stage) proves(authorization string) bool {
	if s.GatewayID == "" {
		return true
	}
	_, token, _ := strings.Cut(authorization, " ")
	id, err := wire.VerifyToken(token, []wire.Secret{s.Secret}, time.Now())
	return err == nil && id == s.GatewayID
}

// enrolled gives the gateway its secret, if it has the token of this run.
func (s *stage) enrolled(r planeRequest) (status int, answer string) {
	_, identity, _ := strings.Cut(r.authorization, " ")
	switch {
	case identity == "":
		return http.StatusUnauthorized, `{"error":"no identity token"}`
	case s.EnrollmentToken == "" || !r.body.is("enrollmentToken", s.EnrollmentToken.Reveal()) || !r.body.is("gatewayId", s.GatewayID):
		return http.StatusForbidden, `{"error":"the enrolment token is unknown"}`
	}
	return http.StatusOK, string(wire.AppendIssue(nil, wire.Issue{Credentials: wire.Credentials{
		GatewayID: s.GatewayID, Secret: s.Secret, DeliveryKey: wire.Secret(wire.NewRequestID()), Tenant: marker}}))
}
