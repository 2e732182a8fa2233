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
}

// platformNames maps a known name to itself, so that decoded events share one string.
var platformNames = func() map[string]string {
	names := make(map[string]string, len(knownPlatforms))
	for _, p := range knownPlatforms {
		names[p] = p
	}
	return names
}()

// KnownPlatforms returns the platforms that an event can come from. The slice is the
// caller's.
func KnownPlatforms() []string { return slices.Clone(knownPlatforms) }

// platform returns the known name of a platform in any spelling, RelayPlatform if there is
// none.
func (d *Decoder) platform(name string) string {
	if p, ok := platformNames[name]; ok {
		return p
	}
	name = strings.ToLower(strings.TrimSpace(name))
	if p, ok := platformNames[name]; ok {
		return p
	}
	if i := slices.Index(d.Platforms, name); i >= 0 {
		return d.Platforms[i]
	}
	return RelayPlatform
}
