package connector

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// Refusals of the HTTP plane, besides errBadRequest.
var (
	errUnauthorized = errors.New("unauthorized")
	errForbidden    = errors.New("forbidden")
	errMoving       = errors.New("not here any more, try again")
	errRevoked      = fmt.Errorf("%w: the gateway's credential is revoked", errForbidden)
)

// httpPlane serves the requests of gateways beside the link.
func (c *Connector) httpPlane(mux *http.ServeMux) {
	post := func(path string, do func(r *http.Request, body []byte) (any, error), admit func(r *http.Request) error) {
		mux.Handle(path, c.counted(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			if !allow(w, r, http.MethodPost) {
				return
			}
			if err := admit(r); err != nil {
				c.refuse(w, r, err)
				return
			}
			body, err := readBody(w, r, wire.MaxBody)
			if err != nil {
				c.refuse(w, r, err)
				return
			}
			answer, err := do(r, body)
			if err != nil {
				c.refuse(w, r, err)
				return
			}
			writeJSON(w, http.StatusOK, answer)
		}))
	}
	known := func(r *http.Request) error { _, err := c.caller(r); return err }
	post(wire.EnrollPath, c.enroll, func(r *http.Request) error { _, err := c.tenant(r); return err })
	post(wire.ProvisionPath, c.provision, func(r *http.Request) error {
		if known(r) == nil {
			return nil
		}
		_, err := c.tenant(r)
		return err
	})
	if c.cfg.Embedding.Plane != nil {
		for _, path := range []string{wire.PolicyPath, wire.MediaPath, wire.MediaPath + "/{id}"} {
			mux.Handle(path, c.counted(c.planeFor))
		}
		return
	}
	post(wire.PolicyPath, c.declarePolicy, known)
	mux.Handle(wire.MediaPath, c.counted(c.takeMedia))
	mux.Handle(wire.MediaPath+"/{id}", c.counted(c.giveMedia))
}

// counted registers a request, so that Close waits for it, and refuses web pages if the connector does
// not authenticate.
func (c *Connector) counted(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.authenticates && len(r.Header.Values("Origin")) > 0 {
			writeError(w, http.StatusForbidden, "a web page cannot be the gateway of a connector without authentication")
			return
		}
		if !c.begin() {
			writeFailure(w, ErrClosed)
			return
		}
		defer c.work.Done()
		next(w, r)
	})
}

// refuse answers with the error and logs it, which never holds a token.
func (c *Connector) refuse(w http.ResponseWriter, r *http.Request, err error) {
	c.quiet.requests.log(c.log, slog.LevelWarn, "request refused", "remote", r.RemoteAddr, "path", r.URL.Path, "err", err)
	writeFailure(w, err)
}

func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &wire.FrameTooLargeError{Limit: int(limit)}
	case err != nil:
		return nil, fmt.Errorf("%w: reading the body: %v", errBadRequest, err)
	}
	return raw, nil
}

// caller returns the gateway that the request's bearer proves.
func (c *Connector) caller(r *http.Request) (string, error) {
	id, _, refusal := c.authenticate(r.Header.Get("Authorization"))
	if refusal == elsewhere {
		return "", fmt.Errorf("%w: %s", errMoving, refusal.Reason)
	}
	if refusal != nil {
		return "", fmt.Errorf("%w: the bearer is not a gateway's token: %s", errUnauthorized, refusal.Reason)
	}
	if c.isRevoked(id) {
		return "", fmt.Errorf("%w: the gateway's credential is revoked", errUnauthorized)
	}
	return id, nil
}

// tenant returns the tenant whose identity token the request has.
func (c *Connector) tenant(r *http.Request) (string, error) {
	if len(c.accounts.current().tenants) == 0 {
		return "", fmt.Errorf("%w: this connector issues no credentials, since no tenant is configured", errForbidden)
	}
	token, _ := bearerOf(r.Header.Get("Authorization"))
	tenant, ok := c.accounts.tenantOf(token)
	if !ok {
		return "", fmt.Errorf("%w: the identity token is unknown", errUnauthorized)
	}
	return tenant, nil
}

func bearerOf(authorization string) (string, bool) {
	scheme, token, _ := strings.Cut(strings.TrimSpace(authorization), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

func (c *Connector) enroll(r *http.Request, body []byte) (any, error) {
	tenant, err := c.tenant(r)
	if err != nil {
		return nil, err
	}
	request, err := wire.DecodeEnrollRequest(body)
	if err != nil {
		return nil, err
	}
	if c.isRevoked(request.GatewayID) {
		return nil, errRevoked
	}
	issue, err := c.accounts.enroll(tenant, request)
	return c.issued(request.GatewayID, issue, err)
}

func (c *Connector) provision(r *http.Request, body []byte) (any, error) {
	request, err := wire.DecodeRegistration(body)
	if err != nil {
		return nil, err
	}
	if caller, err := c.caller(r); err == nil {
		if caller != request.GatewayID {
			return nil, fmt.Errorf("%w: the bearer is another gateway's", errForbidden)
		}
		issue, err := c.accounts.provisionSelf(request)
		return c.issued(caller, issue, err)
	}
	tenant, err := c.tenant(r)
	if err != nil {
		return nil, err
	}
	if c.isRevoked(request.GatewayID) {
		return nil, errRevoked
	}
	issue, err := c.accounts.provisionAs(tenant, request)
	return c.issued(request.GatewayID, issue, err)
}

// issued lets the gateway connect and encodes its credentials.
func (c *Connector) issued(id string, issue wire.Issue, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.knowLocked(id)
	c.mu.Unlock()
	c.log.Info("credentials answered", "gateway", id, "tenant", issue.Tenant, "issued", !issue.SecretWithheld)
	return json.RawMessage(wire.AppendIssue(nil, issue)), nil
}

func (c *Connector) declarePolicy(r *http.Request, body []byte) (any, error) {
	id, err := c.caller(r)
	if err != nil {
		return nil, err
	}
	policy, err := wire.DecodeRelevancePolicy(body)
	if err != nil {
		return nil, err
	}
	return okAnswer(c.accounts.declare(id, policy))
}

// isWebURL reports whether the text is an absolute http or https URL.
func isWebURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Hostname() != "" && (u.Scheme == "http" || u.Scheme == "https")
}
