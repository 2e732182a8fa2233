package wire_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hermod/wire"
)

func TestVerifyDelivery(t *testing.T) {
	now := time.Unix(1_754_700_000, 0)
	body := []byte(`{"type":"message"}`)
	stamp, sig := wire.SignDelivery(body, "key", now)
	const second = time.Second
	for _, tt := range []struct {
		name       string
		body       string
		stamp, sig string
		keys       []wire.Secret
		after      time.Duration
		skew       time.Duration
		want       error
	}{
		{name: "as signed"},
		{name: "an old key beside the new one", keys: []wire.Secret{"new", "", "  ", "key"}},
		{name: "upper-case hex", sig: fmt.Sprintf("%X", mustHex(t, sig))},
		{name: "just not too old", after: 300 * second},
		{name: "too old", after: 301 * second, want: wire.ErrDeliveryTimestamp},
		{name: "just not too new", after: -300 * second},
		{name: "too new", after: -301 * second, want: wire.ErrDeliveryTimestamp},
		{name: "too old for a narrow window", after: 11 * second, skew: 10 * second, want: wire.ErrDeliveryTimestamp},
		{name: "no time", stamp: " ", want: wire.ErrDeliveryTimestamp},
		{name: "a time that is too large for a clock", stamp: "99999999999999999999", want: wire.ErrDeliveryTimestamp},
		{name: "the last time of all", stamp: "9223372036854775807", want: wire.ErrDeliveryTimestamp},
		{name: "the first time of all", stamp: "-9223372036854775808", want: wire.ErrDeliveryTimestamp},
		{name: "another time in the window", stamp: "1754700001", want: wire.ErrDeliverySignature},
		{name: "another body", body: `{"type":"massage"}`, want: wire.ErrDeliverySignature},
		{name: "another key", keys: []wire.Secret{"new"}, want: wire.ErrDeliverySignature},
		{name: "no key", keys: []wire.Secret{}, want: wire.ErrDeliverySignature},
		{name: "no signature", sig: " ", want: wire.ErrDeliverySignature},
		{name: "a signature that is no hex", sig: "zz", want: wire.ErrDeliverySignature},
		{name: "a signature that is cut", sig: sig[:62], want: wire.ErrDeliverySignature},
	} {
		got := struct {
			body       []byte
			stamp, sig string
			keys       []wire.Secret
		}{body, stamp, sig, []wire.Secret{"key"}}
		if tt.body != "" {
			got.body = []byte(tt.body)
		}
		if tt.stamp != "" {
			got.stamp = tt.stamp
		}
		if tt.sig != "" {
			got.sig = tt.sig
		}
		if tt.keys != nil {
			got.keys = tt.keys
		}
		if err := wire.VerifyDelivery(got.body, got.stamp, got.sig, got.keys, now.Add(tt.after),
			tt.skew); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func mustHex(t *testing.T, s string) []byte {
	t.Helper()
	var b []byte
	if _, err := fmt.Sscanf(s, "%x", &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// A delivery over HTTP, signed by the connector and verified by the gateway.
func ExampleVerifyDelivery() {
	body, now := []byte(`{"type":"message","text":"hi"}`), time.Unix(1_754_700_000, 0)
	timestamp, signature := wire.SignDelivery(body, "delivery key", now)

	err := wire.VerifyDelivery(body, timestamp, signature, []wire.Secret{"delivery key"}, now.Add(time.Minute), 0)
	fmt.Println(err)
	err = wire.VerifyDelivery([]byte("{}"), timestamp, signature, []wire.Secret{"delivery key"}, now, 0)
	fmt.Println(err)
	// Output:
	// <nil>
	// wire: delivery is not signed by a known key
}
