package wire

import "strings"

// Paths of a connector's HTTP plane, below its base (BaseURL). A medium is at MediaPath + "/" + its id.
const (
	EnrollPath    = "/relay/enroll"
	ProvisionPath = "/relay/provision"
	PolicyPath    = "/relay/policy"
	MediaPath     = "/relay/media"
)

// BaseURL returns the http or https URL under which a connector serves its HTTP plane, for the
// URL that a relay is configured with: that of DialURL with wss replaced by https and ws by
// http, without the final /relay and without a trailing slash. A query belongs to the dial and
// is dropped. The error is DialURL's.
func BaseURL(raw string) (string, error) {
	dial, err := DialURL(raw)
	if err != nil {
		return "", err
	}
	dial, _, _ = strings.Cut(dial, "?")
	scheme, rest, _ := strings.Cut(dial, "://")
	base := "http://"
	if scheme == "wss" {
		base = "https://"
	}
	return base + strings.TrimSuffix(rest, relayPath), nil
}
