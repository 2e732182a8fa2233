package wire_test

import (
	"strings"
	"testing"

	"hermod/wire"
)

func init() {
	register(baseAnd(wire.ProvisionPath), "url_provision")
	register(baseAnd(wire.PolicyPath), "url_policy")
	register(baseAnd(""), "url_enroll_base", "url_media_base")
	deviations = append(deviations, deviation{
		kinds: []string{"url_provision", "url_policy", "url_enroll_base", "url_media_base"},
		rule:  "a url without a scheme is a configuration error",
		reason: "the reference makes a request to it that fails later, with a message about something else; " +
			"and nobody knows whether the bearer would travel in the clear",
		expect: func(v vector, want any) any {
			if strings.Contains(dialInput(v), "://") {
				return want
			}
			return failed{}
		},
	})
}

func baseAnd(path string) func(*testing.T, vector) any {
	return func(_ *testing.T, v vector) any {
		base, err := wire.BaseURL(dialInput(v))
		if err != nil {
			return failed{}
		}
		return base + path
	}
}
