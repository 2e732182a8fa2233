package connector_test

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"hermod/connector"
	"hermod/wire"
)

func secrets(all ...wire.Secret) []wire.Secret { return all }

func TestNewCredentialsEndTheSessionsThatTheyDoNotProve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory(), Live: true, Gateways: map[string][]wire.Secret{
			"kept": {"kept"}, "rotated": {"old"}, "cut": {"old"}, "removed": {"gone"}}})
		sessions := make(map[string]*client)
		for id, secret := range map[string]wire.Secret{"kept": "kept", "rotated": "old", "cut": "old", "removed": "gone"} {
			sessions[id] = greet(t, c, token(id, secret))
		}
		if d, err := c.Inject("removed", event("waits")); err != nil || !d.Live {
			t.Fatal(d, err)
		}
		sessions["removed"].expectEvent("waits")
		err := c.SetCredentials(map[string][]wire.Secret{
			"kept": {"kept"}, "rotated": {"new", "old"}, "cut": {"new"}, "added": {"added"}}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		sessions["removed"].expectClose(4401, "unauthorized")
		sessions["cut"].expectClose(4401, "unauthorized")
		sessions["kept"].expectSilence()
		sessions["rotated"].expectSilence()
		dial(t, c, token("removed", "gone")).expectClose(4401, "unauthorized")
		dial(t, c, token("cut", "old")).expectClose(4401, "unauthorized")
		greet(t, c, token("cut", "new"))
		greet(t, c, token("added", "added"))
		if _, err := c.Inject("removed", event("x")); !errors.Is(err, connector.ErrUnknownGateway) {
			t.Errorf("a delivery to a gateway that was removed: %v", err)
		}
		if got := slices.Sorted(maps.Keys(c.State())); !slices.Equal(got, []string{"added", "cut", "kept", "rotated"}) {
			t.Errorf("the gateways are %v", got)
		}
	})
}

func TestWhatWaitsForAGatewayOutlastsItsRemoval(t *testing.T) {
	c := start(t, connector.Config{Gateways: map[string][]wire.Secret{"a": {"a"}, "b": {"b"}}})
	if _, err := c.Inject("a", event("waits")); err != nil {
		t.Fatal(err)
	}
	for _, gateways := range []map[string][]wire.Secret{{"b": {"b"}}, {"a": {"another"}}} {
		if err := c.SetCredentials(gateways, nil, nil); err != nil || c.State()["a"].Buffered != 1 {
			t.Fatalf("%v, %+v", err, c.State())
		}
	}
	greet(t, c, token("a", "another")).expectEvent("waits")
}

func TestNewTenantsAndEnrolmentTokensCountAtOnce(t *testing.T) {
	c := start(t, withTenant(&lockedBuffer{}))
	if err := c.SetCredentials(nil, map[string][]wire.Secret{"acme": {"next"}}, secrets("canary-next-token")); err != nil {
		t.Fatal(err)
	}
	for bearer, want := range map[string]int{identityToken: http.StatusUnauthorized, "next": http.StatusOK} {
		status, _ := postAs(t, c, wire.ProvisionPath, bearer, `{"gatewayId":"g1","platform":"discord"}`)
		if status != want {
			t.Errorf("the identity token %s: answered %d", bearer, status)
		}
	}
	client := bootClient(t, c, "g1", "next")
	if _, err := client.Enroll(t.Context(), enrollmentToken); err == nil {
		t.Error("the enrolment token that was taken away is accepted")
	}
	if _, err := client.Enroll(t.Context(), "canary-next-token"); err != nil {
		t.Error(err)
	}
}

func TestNewCredentialsCannotOpenTheConnectorToEverybody(t *testing.T) {
	with := map[string][]wire.Secret{"a": {"a"}}
	for name, tt := range map[string]struct {
		before connector.Config
		after  map[string][]wire.Secret
	}{
		"nobody left":          {connector.Config{Gateways: with}, nil},
		"nobody before":        {connector.Config{}, with},
		"a secret of nothing":  {connector.Config{Gateways: with}, map[string][]wire.Secret{"a": {" "}}},
		"a gateway of nothing": {connector.Config{Gateways: with}, map[string][]wire.Secret{"": {"b"}}},
	} {
		c := start(t, tt.before)
		var config *wire.ConfigError
		if err := c.SetCredentials(tt.after, nil, nil); !errors.As(err, &config) {
			t.Errorf("%s: %v", name, err)
		}
		bearer := ""
		if tt.before.Gateways != nil {
			bearer = token("a", "a")
		}
		greet(t, c, bearer)
	}
}

func TestAGatewayThatIsLetInWhileItsSecretIsTakenAwayDoesNotStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory(), Gateways: map[string][]wire.Secret{"g": {"old"}}})
		first := greet(t, c, token("g", "old"))
		second := dial(t, c, token("g", "old")) // has shown its token, and waits for the end of the first
		synctest.Wait()
		if err := c.SetCredentials(map[string][]wire.Secret{"g": {"new"}}, nil, nil); err != nil {
			t.Fatal(err)
		}
		first.expectClose(4401, "unauthorized")
		second.expectClose(4401, "unauthorized")
	})
}
