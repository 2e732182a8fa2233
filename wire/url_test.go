package wire_test

import (
	"errors"
	"strings"
	"testing"

	"hermod/wire"
)

func TestDialURL(t *testing.T) {
	for raw, want := range map[string]string{
		"https://h":               "wss://h/relay",
		"http://h":                "ws://h/relay",
		" HTTPS://H/ ":            "wss://H/relay",
		"Ws://h:9000":             "ws://h:9000/relay",
		"wss://h/relay":           "wss://h/relay",
		"wss://h/relay//":         "wss://h/relay",
		"https://h/base/path/":    "wss://h/base/path/relay",
		"https://h/myrelay":       "wss://h/myrelay/relay",
		"https://h/relay/relay":   "wss://h/relay/relay",
		"https://h/Relay":         "wss://h/Relay/relay",
		"https://relay":           "wss://relay/relay",
		"https://h?a=1&b=/relay":  "wss://h/relay?a=1&b=/relay",
		"https://h/relay/?a=1/":   "wss://h/relay?a=1/",
		"https://h/?":             "wss://h/relay?",
		"https://[::1]:8080/":     "wss://[::1]:8080/relay",
		"https://münchen.example": "wss://münchen.example/relay",
	} {
		got, err := wire.DialURL(raw)
		if got != want || err != nil {
			t.Errorf("DialURL(%q) = %q, %v, want %q", raw, got, err, want)
		}
		if again, err := wire.DialURL(got); again != got || err != nil {
			t.Errorf("DialURL(%q) = %q, %v", got, again, err)
		}
	}
}

func TestDialURLRefusesWhatCannotBeDialled(t *testing.T) {
	for raw, reason := range map[string]string{
		"":                      "must begin with",
		"h:9000":                "must begin with",
		"/relay":                "must begin with",
		"//h/relay":             "must begin with",
		"ftp://h":               "must begin with",
		"https:/h":              "must begin with",
		"https://":              "no host",
		"https:///relay":        "no host",
		"https://:80":           "no host",
		"https://h/#x":          "fragment",
		"https://h?a#x":         "fragment",
		"https://us:tr0ub@h":    "user or password",
		"https://h:tr0ub":       "not a valid URL",
		"https://h:99999":       "not a valid URL",
		"https://h:0":           "not a valid URL",
		"https://h/%zztr0ub":    "not a valid URL",
		"https://a tr0ub/":      "not a valid URL",
		"https://h/\x01?tr0ub=": "not a valid URL",
	} {
		got, err := wire.DialURL(raw)
		var config *wire.ConfigError
		if !errors.As(err, &config) || got != "" || config.Field != "url" || !strings.Contains(config.Reason, reason) {
			t.Errorf("DialURL(%q) = %q, %v, want %q", raw, got, err, reason)
		}
		if err != nil && strings.Contains(err.Error(), "tr0ub") {
			t.Errorf("DialURL(%q) shows the URL: %v", raw, err)
		}
	}
}
