package check

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"hermod/wire"
	"hermod/wire/wiretest"
)

const oldSecret, ownerToken, oneTimeToken = wire.Secret("the secret before"), wire.Secret("the owner"), wire.Secret("once")

// fakeAccounts is what a fakeConnector knows of gateways besides their sessions. Its connector's lock guards it.
type fakeAccounts struct {
	wakes    *wiretest.Listener
	wakeURL  string
	poking   bool
	called   bool // since it was registered
	revoked  bool
	enrolled string // whom the one token enrolled
}

func newFakeAccounts() fakeAccounts { return fakeAccounts{wakes: wiretest.NewListener()} }

const enrolledSecret = wire.Secret("a secret that was issued")

func (c *fakeConnector) secretsOf(id string) []wire.Secret {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case id == "g:1" && c.fault == "knows the newest secret only":
		return []wire.Secret{fakeSecret}
	case id == "g:1":
		return []wire.Secret{fakeSecret, oldSecret}
	case id == c.enrolled && c.fault != "forgets whom it enrolled":
		return []wire.Secret{enrolledSecret}
	}
	return nil
}

func (c *fakeConnector) isRevoked() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.revoked
}

func (c *fakeConnector) revoke(_ context.Context, revoked bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revoked = revoked
	if revoked && c.holder != nil && c.fault != "keeps the session of a revoked gateway" {
		c.holder.close(wire.CloseUnauthorized, "unauthorized")
	}
	return nil
}

// enrol answers an enrolment.
func (c *fakeConnector) enrol(r *http.Request) (status int, answer string) {
	body, _ := io.ReadAll(r.Body)
	asked, _ := wire.DecodeEnrollRequest(body)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case r.Header.Get("Authorization") != "Bearer "+ownerToken.Reveal() && c.fault != "enrols for anybody":
		return http.StatusUnauthorized, `{"error":"who are you"}`
	case asked.EnrollmentToken != oneTimeToken && c.fault == "fails at an unknown enrolment token":
		return http.StatusInternalServerError, `{"error":"no such token"}`
	case asked.EnrollmentToken != oneTimeToken,
		c.enrolled != "" && c.enrolled != asked.GatewayID && c.fault != "takes an enrolment token twice":
		return http.StatusForbidden, `{"error":"no such token"}`
	}
	c.enrolled = asked.GatewayID
	answer = string(wire.AppendIssue(nil, wire.Issue{Credentials: wire.Credentials{GatewayID: asked.GatewayID,
		Secret: enrolledSecret, DeliveryKey: "a key", Tenant: "acme"}}))
	if c.fault == "enrols without a delivery key" {
		answer = strings.Replace(answer, "a key", "", 1)
	}
	return http.StatusOK, answer
}

// awaited says that something waits for the gateway, which is away.
func (c *fakeConnector) awaited() bool {
	return c.wakeURL != "" && len(c.buffer) > 0 && (c.holder == nil || c.holder.idle)
}

// poke calls the wake URL every half minute, while the gateway should come. The caller has the lock.
func (c *fakeConnector) poke() {
	if !c.awaited() || c.poking && c.fault != "wakes for every delivery" || c.fault == "never wakes" {
		return
	}
	c.poking = true
	c.work.Go(func() {
		for again := true; again; {
			c.call()
			select {
			case <-time.After(30 * time.Second):
			case <-c.stop:
			}
			c.mu.Lock()
			again = c.awaited() && (c.fault != "wakes once" || !c.called)
			c.poking = again
			c.mu.Unlock()
		}
	})
}

func (c *fakeConnector) call() {
	c.mu.Lock()
	target := c.wakeURL
	c.called = true
	c.mu.Unlock()
	method := http.MethodGet
	if c.fault == "wakes with a POST that nobody signed" {
		method = http.MethodPost
	}
	request, err := http.NewRequest(method, target, http.NoBody)
	if err != nil {
		return
	}
	transport := &http.Transport{DialContext: c.wakes.Dial, DisableKeepAlives: true}
	if response, err := (&http.Client{Transport: transport}).Do(request); err == nil {
		_ = response.Body.Close()
	}
}
