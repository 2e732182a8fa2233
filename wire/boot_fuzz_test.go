package wire_test

import (
	"errors"
	"reflect"
	"testing"

	"hermod/wire"
)

// seedBodies adds bodies of the HTTP plane, sound and broken.
func seedBodies(f *testing.F) {
	for _, body := range []string{
		`{"enrollmentToken":"t","gatewayId":"g"}`, `{"enrollmentToken":" ","gatewayId":5}`, `{}`, `[]`, `null`, ``, `{"secret":`,
		`{"secret":"s","deliveryKey":"k","tenant":"t","gatewayId":"g","routeKeys":["a",null,5],"secretIssued":false}`,
		`{"secret":null,"deliveryKey":{},"secretIssued":0}`, "{\"secret\":\"\xff\"}",
		`{"gatewayId":"g","platform":"discord","botId":7,"gatewayEndpoint":"","routeKeys":[],"instanceId":"i","wakeUrl":"u","displayName":"n"}`,
		`{"platform":"discord","requireAddress":1,"freeResponseScopes":["c"],"allowOtherBots":"no"}`,
		`{"id":"m1"}`, `{"id":7}`, `{"id":" "}`, `{"id":"\ud83d\ude00\ud800"}`,
	} {
		f.Add([]byte(body))
	}
}

// reread decodes a body, and what was encoded of it again, which must come out the same.
func reread[T any](t *testing.T, body []byte, decode func([]byte) (T, error), encode func([]byte, T) []byte) {
	first, err := decode(body)
	if err != nil {
		var bad *wire.BodyError
		if !errors.As(err, &bad) || bad.Size != len(body) {
			t.Fatalf("%T: %v", first, err)
		}
		return
	}
	second, err := decode(encode(nil, first))
	if err != nil || !reflect.DeepEqual(first, second) {
		t.Fatalf("%T: %#v became %#v, %v", first, first, second, err)
	}
}

func FuzzHTTPBodies(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		reread(t, body, wire.DecodeEnrollRequest, wire.AppendEnrollRequest)
		reread(t, body, wire.DecodeIssue, wire.AppendIssue)
		reread(t, body, wire.DecodeRegistration, wire.AppendRegistration)
		reread(t, body, wire.DecodeRelevancePolicy, wire.AppendRelevancePolicy)
		reread(t, body, wire.DecodeMediaID, wire.AppendMediaID)
	})
}

func FuzzBaseURL(f *testing.F) {
	for _, raw := range []string{"https://h", "ws://h:1/relay/?q", "wss://h/relayx", "h:1", "https://relay"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		base, err := wire.BaseURL(raw)
		if err != nil {
			return
		}
		dial, err := wire.DialURL(raw)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := wire.DialURL(base + "/relay"); err != nil || again != withoutQuery(dial) {
			t.Fatalf("%q dials %q, its base %q dials %q, %v", raw, dial, base, again, err)
		}
	})
}

// Update is how credentials survive; whatever an answer holds, what is in hand is never blanked.
func FuzzUpdateNeverBlanks(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		issue, err := wire.DecodeIssue(body)
		if err != nil {
			return
		}
		inHand := wire.Credentials{GatewayID: "g", Secret: "s", DeliveryKey: "k", Tenant: "t"}
		got := inHand.Update(issue)
		if got.GatewayID == "" || got.Secret == "" || got.DeliveryKey == "" || got.Tenant == "" {
			t.Fatalf("%q blanked %+v", body, got)
		}
		if issue.SecretWithheld && (got.Secret != inHand.Secret || got.DeliveryKey != inHand.DeliveryKey) {
			t.Fatalf("%q withheld a secret and replaced it", body)
		}
	})
}
