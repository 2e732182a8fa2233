package adapter_test

import (
	"testing"

	"hermod/gateway/adapter"
	"hermod/wire"
)

func TestDeclined(t *testing.T) {
	for result, want := range map[string]bool{
		`{"success":false,"code":"egress_declined"}`:                                  true,
		`{"success":false,"code":"egress_declined","error":"no"}`:                     true,
		`{"success":false,"error":"discord Egress Declined: target is not approved"}`: true,
		`{"success":false,"error":"egress declined"}`:                                 false,
		`{"success":false,"code":"EGRESS_DECLINED"}`:                                  false,
		`{"success":false,"error":"unknown channel"}`:                                 false,
		`{"success":true,"code":"egress_declined"}`:                                   false,
		`{"success":false,"ambiguous":true,"code":"egress_declined"}`:                 false,
		`{"success":false,"error":"egress declined: Ack Lost"}`:                       false,
		`{"success":false,"code":"egress_declined","error":"ack lost"}`:               false,
		`{"success":false,"error":"relay outbound timed out","ambiguous":true}`:       false,
		`{"code":"egress_declined"}`:                                                  true,
		`[]`:                                                                          false,
	} {
		if got := adapter.Declined(wire.ParseResult([]byte(result))); got != want {
			t.Errorf("%s is a refusal: %v", result, got)
		}
	}
}
