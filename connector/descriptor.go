package connector

import "hermod/wire"

// supportedOps is what the default platform answers: every operation with success.
var supportedOps = []string{
	"send", "edit", "typing", "follow_up", "get_chat_info", "send_media", "prompt", "react",
	"thread_create", "thread_rename", "delete", "draft", "task_card", "task_card_stop",
}

// messageLimits are the platforms' limits on a message's length, if they have one.
var messageLimits = map[string]struct {
	max  int
	unit wire.LenUnit
}{
	"discord":  {2000, "chars"},
	"telegram": {4096, "utf16"},
}

// DefaultDescriptor describes a platform that supports the whole protocol.
func DefaultDescriptor(platform string) *wire.Descriptor {
	d := &wire.Descriptor{
		ContractVersion: 1, Platform: platform, Label: platform + " (Hermod connector)",
		MaxMessageLength: 4096, LenUnit: "chars", MarkdownDialect: "markdown", Emoji: "🔌",
		SupportsDraftStreaming: true, SupportsEdit: true, SupportsThreads: true, SupportsContext: true,
		SupportedOps: append([]string(nil), supportedOps...),
	}
	if limit, ok := messageLimits[platform]; ok {
		d.MaxMessageLength, d.LenUnit = limit.max, limit.unit
	}
	return d
}

// descriptor answers the hello of one identity.
func (c *Connector) descriptor(id wire.Identity) *wire.Descriptor {
	if id.Platform == "" {
		id.Platform = c.cfg.Platform
	}
	if c.cfg.Descriptor != nil {
		if d := c.cfg.Descriptor(id); d != nil {
			return d
		}
	}
	return DefaultDescriptor(id.Platform)
}
