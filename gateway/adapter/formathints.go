package adapter

import "hermod/wire"

// FormatHints ask a connector to lay out a message's Markdown as blocks of the platform. The zero value asks for
// nothing.
type FormatHints struct {
	RichBlocks     bool `json:"rich_blocks,omitempty"`
	MarkdownBlocks bool `json:"markdown_blocks,omitempty"`
}

// UseFormatHints has Prepare hint at the layout of what goes to a platform, if its descriptor supports that. Without
// it, nothing is hinted at.
func (e *Egress) UseFormatHints(platform string, hints FormatHints) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.hints == nil {
		e.hints = make(map[string]FormatHints)
	}
	e.hints[wire.NormalPlatform(platform)] = hints
}

// withHints adds the hints to the actions that carry a text. The descriptor is that of the platform where the action
// goes: another one's would promise what this one cannot do.
func (e *Egress) withHints(a wire.Action, d *wire.Descriptor) wire.Action {
	switch a.Op() {
	case wire.OpSend, wire.OpEdit, wire.OpDraft:
	default:
		return a
	}
	if d == nil || !d.SupportsBlockFormatting {
		return a
	}
	e.mu.Lock()
	hints := e.hints[wire.NormalPlatform(d.Platform)]
	e.mu.Unlock()
	metadata, ok := metadataOf(a)
	if _, set := metadata["format_hints"]; !ok || set || hints == (FormatHints{}) {
		return a
	}
	completed := map[string]any{"format_hints": hints}
	for name, value := range metadata {
		completed[name] = value
	}
	return a.With("metadata", completed)
}
