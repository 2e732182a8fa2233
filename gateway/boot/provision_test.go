package boot_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"hermod/gateway/boot"
	"hermod/wire"
)

func TestProvisioningNeverBlanksCredentialsInHand(t *testing.T) {
	for name, body := range map[string]string{
		"withheld":             `{"secretIssued":false}`,
		"withheld and blank":   `{"secret":"","deliveryKey":"","secretIssued":false}`,
		"withheld and null":    `{"secret":null,"deliveryKey":null,"tenant":null,"gatewayId":null,"secretIssued":false}`,
		"withheld and masked":  `{"secret":"***","deliveryKey":"***","secretIssued":false}`,
		"withheld and spaces":  `{"secret":"  ","deliveryKey":"\t","secretIssued":true}`,
		"not even an object's": `{"secret":{},"deliveryKey":[1]}`,
	} {
		done, err := newClient(t, &script{steps: []transport{status(200, body)}}, nil).
			Provision(t.Context(), inHand(), wire.Registration{Platform: "discord"})
		if err != nil || done.Credentials != inHand() {
			t.Errorf("%s: %v; the credentials changed: %v", name, err, done.Credentials != inHand())
		}
	}
}

func TestProvisioningTakesWhatIsIssued(t *testing.T) {
	s := &script{steps: []transport{status(200, issued), status(200, `{"secret":"canary-newest","secretIssued":true}`), status(200, `{"secretIssued":false}`)}}
	done, err := newClient(t, s, nil).Provision(t.Context(), wire.Credentials{},
		wire.Registration{Platform: "discord"}, wire.Registration{Platform: "slack"}, wire.Registration{Platform: "telegram"})
	if err != nil || done.Credentials.Secret.Reveal() != "canary-newest" || done.Credentials.DeliveryKey.Reveal() != "canary-key2" {
		t.Fatalf("%v, %+v", err, done)
	}
	if auth := s.requests[0].Header.Get("Authorization"); auth != "Bearer "+identity {
		t.Fatal("the first platform is not proved by the identity")
	}
	for _, r := range s.requests[1:] {
		bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if id, err := wire.PeekToken(bearer); err != nil || id != "g1" {
			t.Fatal("a later platform is not proved by the secret")
		}
	}
}

func TestProvisioningFallsBackOnTheIdentity(t *testing.T) {
	s := &script{steps: []transport{status(401, `{"error":"unknown"}`), status(200, issued)}}
	done, err := newClient(t, s, nil).Provision(t.Context(), inHand(), wire.Registration{Platform: "discord"})
	if err != nil || len(s.requests) != 2 || s.requests[1].Header.Get("Authorization") != "Bearer "+identity ||
		done.Credentials.Secret.Reveal() != "canary-new" {
		t.Fatalf("%v after %d requests", err, len(s.requests))
	}
	s = &script{steps: []transport{status(401, `{"error":"unknown"}`)}}
	_, err = newClient(t, s, noIdentity).Provision(t.Context(), inHand(), wire.Registration{Platform: "discord"})
	var refused *boot.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(refused.Hint, "enrol the gateway") || len(s.requests) != 1 {
		t.Fatalf("%v after %d requests", err, len(s.requests))
	}
}

func TestPlatformThatIsRefusedDoesNotHoldUpTheOthers(t *testing.T) {
	s := &script{steps: []transport{status(200, issued), status(403, `{"error":"not yours"}`), status(200, issued)}}
	done, err := newClient(t, s, nil).Provision(t.Context(), wire.Credentials{},
		wire.Registration{Platform: "discord", BotID: "b1", RouteKeys: []string{"r"}, WakeURL: "https://me.example/wake", InstanceID: "i", DisplayName: "n"},
		wire.Registration{Platform: "slack"}, wire.Registration{Platform: "telegram"})
	if err == nil || !strings.Contains(err.Error(), "provision slack: refused with 403 Forbidden: not yours (") || strings.Join(done.Platforms, " ") != "discord telegram" {
		t.Fatalf("%v, %v", done.Platforms, err)
	}
	want := `{"gatewayId":"g1","platform":"discord","botId":"b1","gatewayEndpoint":"","routeKeys":["r"],"instanceId":"i","wakeUrl":"https://me.example/wake","displayName":"n"}`
	if s.bodies[0] != want || s.bodies[1] != `{"gatewayId":"g1","platform":"slack","botId":"","gatewayEndpoint":"","routeKeys":[]}` {
		t.Fatalf("asked with %s and %s", s.bodies[0], s.bodies[1])
	}
}

func TestSecretThatTheConnectorKeepsIsMissed(t *testing.T) {
	s := &script{steps: []transport{status(200, `{"secretIssued":false}`)}}
	_, err := newClient(t, s, nil).Provision(t.Context(), wire.Credentials{}, wire.Registration{Platform: "discord"})
	if !errors.Is(err, boot.ErrNoCredentials) {
		t.Fatal(err)
	}
}

func TestPolicyIsTriedThreeTimesAndItsFailureReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []transport{status(503, ""), status(503, ""), status(503, ""), status(200, `{"ok":true}`)}}
		err := newClient(t, s, nil).DeclarePolicy(t.Context(), inHand(), wire.RelevancePolicy{Platform: "slack"},
			wire.RelevancePolicy{Platform: "discord", RequireAddress: true, FreeResponseScopes: []string{"c1"}, AllowOtherBots: true})
		var gaveUp *boot.GaveUpError
		if !errors.As(err, &gaveUp) || gaveUp.Tries != 3 || gaveUp.Ended != nil || len(s.requests) != 4 {
			t.Fatalf("%v after %d requests", err, len(s.requests))
		}
		if s.bodies[3] != `{"platform":"discord","requireAddress":true,"freeResponseScopes":["c1"],"allowOtherBots":true}` {
			t.Fatal(s.bodies[3])
		}
		expectNoSecret(t, err)
	})
}
