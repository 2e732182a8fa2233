package connector

import (
	"slices"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

const (
	// maxIdentities bounds the identities kept of one session; further hellos are still answered.
	maxIdentities = 64
	// maxManifest bounds the commands kept of one hello, in bytes of names, descriptions and options.
	maxManifest = 256 << 10
)

// IdentityState is one identity of a hello.
type IdentityState struct {
	Platform string `json:"platform"`
	BotID    string `json:"botId"`
}

// CommandState is one slash command that a gateway declared.
type CommandState struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Options     json.RawMessage `json:"options,omitempty"`
}

func manifestOf(h wire.Hello) (commands []CommandState) {
	size := 0
	for _, c := range h.Commands {
		if size += len(c.Name) + len(c.Description) + len(c.Options); size > maxManifest {
			break
		}
		commands = append(commands, CommandState{c.Name, c.Description, slices.Clone(c.Options)})
	}
	return commands
}
