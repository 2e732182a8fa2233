package connector_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"hermod/connector"
	"hermod/wire"
)

const secret = wire.Secret("s3cret")

// withGateways is a connector for g1 and g2, of which g2 is in the middle of a rotation.
func withGateways() connector.Config {
	return connector.Config{Gateways: map[string][]wire.Secret{
		"g1": {secret}, "g2": {"new", "old"}, "team:bot": {secret},
	}}
}

func token(id string, s wire.Secret) string {
	return wire.MintToken(id, s, wire.TokenTTL, time.Now())
}

func TestRefusalsCompleteTheUpgradeAndClose4401(t *testing.T) {
	past := time.Now().Add(-time.Hour)
	for name, tc := range map[string]struct{ header, reason string }{
		"no token":                      {"", "unauthorized"},
		"empty bearer":                  {"Bearer ", "unauthorized"},
		"another scheme":                {"Basic " + token("g1", secret), "unauthorized"},
		"not a token":                   {"Bearer nonsense", "unauthorized"},
		"wrong secret":                  {"Bearer " + token("g1", "wrong"), "unauthorized"},
		"unknown id":                    {"Bearer " + token("g9", secret), "unauthorized"},
		"another gateway's secret":      {"Bearer " + token("g2", secret), "unauthorized"},
		"expired":                       {"Bearer " + wire.MintToken("g1", secret, time.Minute, past), "expired"},
		"expired with a wrong secret":   {"Bearer " + wire.MintToken("g1", "wrong", time.Minute, past), "unauthorized"},
		"expired of an unknown id":      {"Bearer " + wire.MintToken("g9", secret, time.Minute, past), "unauthorized"},
		"the secret instead of a token": {"Bearer s3cret", "unauthorized"},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, withGateways())
			header := http.Header{}
			if tc.header != "" {
				header.Set("Authorization", tc.header)
			}
			dialWith(t, c, header).expectClose(wire.CloseUnauthorized, tc.reason)
		})
	}
}

func TestGatewayIDComesFromTheVerifiedToken(t *testing.T) {
	for name, tc := range map[string]struct{ id, token string }{
		"its secret":         {"g1", token("g1", secret)},
		"newest of rotation": {"g2", token("g2", "new")},
		"oldest of rotation": {"g2", token("g2", "old")},
		"id with a colon":    {"team:bot", token("team:bot", secret)},
		"never expires":      {"g1", wire.MintToken("g1", secret, 0, time.Now())},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, withGateways())
			greet(t, c, tc.token)
			for id, s := range c.State() {
				if s.Connected != (id == tc.id) {
					t.Errorf("gateway %q connected: %v", id, s.Connected)
				}
			}
		})
	}
}

func TestWithoutAuthenticationEveryoneIsTheDefaultGateway(t *testing.T) {
	c := start(t, connector.Config{})
	greet(t, c, "any token at all")
	if !c.State()[connector.DefaultGateway].Connected {
		t.Fatalf("state %+v", c.State())
	}
}

func TestWithoutAuthenticationAWebPageIsRefused(t *testing.T) {
	c := start(t, connector.Config{})
	header := ws.HandshakeHeaderHTTP{"Origin": {"https://example.test"}}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, _, _, err := ws.Dialer{Header: header}.Dial(ctx, c.URL())
	if status, ok := err.(ws.StatusError); !ok || status != http.StatusForbidden {
		t.Fatalf("dialling with an Origin: %v, want status 403", err)
	}
}

func TestSecondSessionOfAGatewayIsClosed1008(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := withGateways()
		cfg.Listener = listenInMemory()
		c := start(t, cfg)
		first := greet(t, c, token("g1", secret))
		still := make(chan error)
		go func() { // it answers pings
			_, err := first.next()
			still <- err
		}()
		dial(t, c, token("g1", secret)).expectClose(wire.ClosePolicy, "duplicate session")
		greet(t, c, token("g2", "new"))
		if _, err := c.Inject("g1", event("still here")); err != nil {
			t.Fatal(err)
		}
		if err := <-still; err != nil {
			t.Fatal(err)
		}
	})
}

func TestGatewayThatLeftMayReturnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		for range 20 {
			greet(t, c, "").leave()
		}
	})
}

func TestRevokedGatewayIsClosedAndRefusedUntilRestored(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg       connector.Config
		id, token string
	}{
		"with authentication":    {withGateways(), "g1", token("g1", secret)},
		"without authentication": {connector.Config{}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tc.cfg.DataDir = t.TempDir()
			c := start(t, tc.cfg)
			g := greet(t, c, tc.token)
			if err := c.Revoke(tc.id); err != nil {
				t.Fatal(err)
			}
			g.expectClose(wire.CloseUnauthorized, "unauthorized")
			dial(t, c, tc.token).expectClose(wire.CloseUnauthorized, "unauthorized")
			if tc.id != "" {
				expired := wire.MintToken(tc.id, secret, time.Minute, time.Now().Add(-time.Hour))
				dial(t, c, expired).expectClose(wire.CloseUnauthorized, "unauthorized")
			}
			d, err := c.Inject(tc.id, event("meanwhile"))
			if err != nil || d.Live {
				t.Fatalf("delivered %+v, %v, want buffered", d, err)
			}

			stop(t, c)
			c = start(t, tc.cfg)
			dial(t, c, tc.token).expectClose(wire.CloseUnauthorized, "unauthorized")
			if err := c.Restore(tc.id); err != nil {
				t.Fatal(err)
			}
			greet(t, c, tc.token).expectEvent("meanwhile")
		})
	}
}
