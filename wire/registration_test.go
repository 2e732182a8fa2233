package wire_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"hermod/wire"
)

func TestADisplayNameIsCut(t *testing.T) {
	for name, want := range map[string]string{
		"":                                "",
		"  Support\n":                     "Support",
		strings.Repeat("é", 64):           strings.Repeat("é", 64),
		strings.Repeat("😀", 65):           strings.Repeat("😀", 64),
		strings.Repeat("x", 63) + " yyyy": strings.Repeat("x", 63),
	} {
		body := wire.AppendRegistration(nil, wire.Registration{GatewayID: "g1", Platform: "discord", DisplayName: name})
		if got := str(object(body)["displayName"]); got != want {
			t.Errorf("%q is sent as %q", name, got)
		}
		raw := strings.Replace(string(wire.AppendRegistration(nil, wire.Registration{GatewayID: "g1", Platform: "p"})), "}",
			`,"displayName":`+jsonText(name)+`}`, 1)
		if r, err := wire.DecodeRegistration([]byte(raw)); err != nil || r.DisplayName != want {
			t.Errorf("%q is read as %q, %v", name, r.DisplayName, err)
		}
	}
}

func TestAPolicyIsToldWhereSomethingIsSet(t *testing.T) {
	yes, no := true, false
	for _, tt := range []struct {
		name    string
		mention *bool
		scopes  []string
		bots    bool
		told    bool
		want    wire.RelevancePolicy
	}{
		{"nothing set", nil, nil, false, false, wire.RelevancePolicy{RequireAddress: true}},
		{"a mention is needed", &yes, nil, false, true, wire.RelevancePolicy{RequireAddress: true}},
		{"an explicit no", &no, nil, false, true, wire.RelevancePolicy{}},
		{"free scopes", nil, []string{"c1"}, false, true, wire.RelevancePolicy{RequireAddress: true, FreeResponseScopes: []string{"c1"}}},
		{"other bots", nil, nil, true, true, wire.RelevancePolicy{RequireAddress: true, AllowOtherBots: true}},
	} {
		tt.want.Platform = "discord"
		got, told := wire.PolicyOf("discord", tt.mention, tt.scopes, tt.bots)
		if told != tt.told || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, told %v", tt.name, got, told)
		}
	}
}

func jsonText(s string) string {
	raw, _ := json.Marshal(s)
	return string(raw)
}
