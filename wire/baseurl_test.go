package wire_test

import (
	"strings"
	"testing"

	"hermod/wire"
)

func withoutQuery(url string) string {
	url, _, _ = strings.Cut(url, "?")
	return url
}

func TestBaseURL(t *testing.T) {
	for raw, want := range map[string]string{
		"wss://h/relay":           "https://h",
		"WS://h:9000/relay/?a=1":  "http://h:9000",
		"https://h/base/":         "https://h/base",
		"https://h/base/relay":    "https://h/base",
		"https://h/relay/relay":   "https://h/relay",
		"wss://h/relayx":          "https://h/relayx",
		"https://relay":           "https://relay",
		"https://[::1]:8080":      "https://[::1]:8080",
		"https://h?token=tr0ub":   "https://h",
		"http://münchen.example/": "http://münchen.example",
	} {
		if got, err := wire.BaseURL(raw); got != want || err != nil {
			t.Errorf("BaseURL(%q) = %q, %v, want %q", raw, got, err, want)
		}
	}
	for _, raw := range []string{"", "h:1/relay", "ftp://h", "https://us:tr0ub@h"} {
		if got, err := wire.BaseURL(raw); err == nil || got != "" || strings.Contains(err.Error(), "tr0ub") {
			t.Errorf("BaseURL(%q) = %q, %v", raw, got, err)
		}
	}
}

func TestHTTPBodiesSayWhatIsMissingAndShowNothing(t *testing.T) {
	decoders := map[string]func(string) error{
		"enrolment":    func(s string) error { _, err := wire.DecodeEnrollRequest([]byte(s)); return err },
		"provisioning": func(s string) error { _, err := wire.DecodeRegistration([]byte(s)); return err },
		"policy":       func(s string) error { _, err := wire.DecodeRelevancePolicy([]byte(s)); return err },
		"media id":     func(s string) error { _, err := wire.DecodeMediaID([]byte(s)); return err },
	}
	for name, decode := range decoders {
		for body, want := range map[string]string{
			`{}`: "is missing", `[]`: "not a JSON object", `tr0ub`: "not valid JSON", "{\"a\":\"\xff\"}": "not valid UTF-8",
			`{"gatewayId":{"tr0ub":1},"platform":["tr0ub"],"enrollmentToken":5,"id":null}`: "is missing",
		} {
			err := decode(body)
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "tr0ub") {
				t.Errorf("%s: %s: %v, want %q", name, body, err, want)
			}
		}
	}
}

func TestCredentialsShowNoSecret(t *testing.T) {
	c := wire.Credentials{GatewayID: "g", Secret: "tr0ub", DeliveryKey: "tr0ub"}
	if text := show(c); strings.Contains(text, "tr0ub") {
		t.Fatal(text)
	}
	if body := string(wire.AppendIssue(nil, wire.Issue{Credentials: c})); !strings.Contains(body, `"secret":"tr0ub"`) {
		t.Fatalf("the connector could not issue: %s", body)
	}
}
