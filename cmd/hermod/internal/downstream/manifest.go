package downstream

import (
	"bytes"
	"context"

	"hermod/wire"
)

// manifestKey names the command manifest in the Memory, beside the descriptors of the bot; no bot's name has a colon.
const manifestKey = ":manifest"

// encodeManifest gives a hello with the commands, which decodeManifest reads.
func encodeManifest(commands []wire.Command) []byte {
	return wire.AppendHello(nil, wire.Hello{Platform: discord, Commands: commands})
}

// discord is the platform whose hellos have a manifest.
const discord = "discord"

func decodeManifest(text []byte) []wire.Command {
	h, err := wire.DecodeHello(text)
	if err != nil {
		return nil
	}
	return h.Commands
}

// Commands is the manifest that the gateway declared last, which the bot's hello is to declare.
func (g *Gateway) Commands() []wire.Command {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.commands
}

// declare takes over the commands of a hello. A manifest is declared when a relay dials, so a new one has the bot
// reconnect. A hello without commands leaves those of before.
func (g *Gateway) declare(h wire.Hello) {
	if len(h.Commands) == 0 || h.Platform != discord || h.Validate() != nil {
		return
	}
	text := encodeManifest(h.Commands)
	g.mu.Lock()
	changed := !bytes.Equal(text, encodeManifest(g.commands))
	handle := g.handle
	if changed {
		g.commands = decodeManifest(text) // which is nobody else's memory
	}
	g.mu.Unlock()
	if !changed {
		return
	}
	g.log.Info("the gateway declared other commands: its bot reconnects to tell the connector", "commands", len(h.Commands))
	go func() {
		if err := g.server.opts.Memory.KeepDescriptors(context.Background(), g.bot+manifestKey, text); err != nil {
			g.log.Warn("the gateway's commands are not kept for the next start", "err", err)
		}
	}()
	if handle != nil {
		handle.Reconnect()
	}
}
