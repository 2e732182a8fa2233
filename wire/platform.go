package wire

import (
	"slices"
	"strings"
)

// RelayPlatform is the platform of an event that names none or an unknown one.
const RelayPlatform = "relay"

var knownPlatforms = []string{
	"local", "telegram", "discord", "whatsapp", "whatsapp_cloud", "slack", "signal", "mattermost",
	"matrix", "homeassistant", "email", "sms", "dingtalk", "api_server", "webhook", "msgraph_webhook",
	"feishu", "wecom", "wecom_callback", "weixin", "bluebubbles", "qqbot", "yuanbao", RelayPlatform,
	"a2a", "buzz", "google_chat", "irc", "line", "ntfy", "photon", "raft", "simplex", "teams",
}

// platformNames maps a known name to itself, so that decoded events share one string.
var platformNames = func() map[string]string {
	names := make(map[string]string, len(knownPlatforms))
	for _, p := range knownPlatforms {
		names[p] = p
	}
	return names
}()

// KnownPlatforms returns the platforms that an event can come from whoever fronts it; a relay also knows those of its
// own identities. The slice is the caller's.
func KnownPlatforms() []string { return slices.Clone(knownPlatforms) }

// NormalPlatform returns a platform's name as it stands in sources and session keys: without the space around it, in
// lower case.
func NormalPlatform(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// NewDecoder returns a Decoder that knows the platforms of these identities, in any spelling, and the others that are
// named, besides KnownPlatforms.
func NewDecoder(identities []Identity, others ...string) Decoder {
	var d Decoder
	for _, identity := range identities {
		d.learn(identity.Platform)
	}
	for _, name := range others {
		d.learn(name)
	}
	return d
}

func (d *Decoder) learn(name string) {
	name = NormalPlatform(name)
	if _, known := platformNames[name]; name != "" && !known && !slices.Contains(d.Platforms, name) {
		d.Platforms = append(d.Platforms, name)
	}
}

// platform returns the known name of a platform in any spelling, RelayPlatform if there is
// none.
func (d *Decoder) platform(name string) string {
	if p, ok := platformNames[name]; ok {
		return p
	}
	name = NormalPlatform(name)
	if p, ok := platformNames[name]; ok {
		return p
	}
	if i := slices.Index(d.Platforms, name); i >= 0 {
		return d.Platforms[i]
	}
	return RelayPlatform
}
