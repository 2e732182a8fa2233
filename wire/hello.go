package wire

import (
	"fmt"
	"unicode/utf8"

	json "github.com/goccy/go-json"
)

// Identity is one bot of a gateway on one platform. BotID may be "".
type Identity struct {
	Platform string
	BotID    string
}

// Command is one slash command that a gateway declares. Options is a JSON value in the
// platform's own form, or nil.
type Command struct {
	Name        string
	Description string
	Options     json.RawMessage
}

// commandPlatform is the one platform whose connector registers commands.
const commandPlatform = "discord"

// Hello announces one identity right after the socket opened. Commands are sent only on
// the platform that has a command registry, discord.
type Hello struct {
	Platform string
	BotID    string
	Commands []Command
}

// Validate returns a *ConfigError naming the field that makes h no hello to send: options that are not valid JSON, or a
// frame over MaxGatewayFrame. Options are checked on every platform, also where no commands are sent.
func (h Hello) Validate() error {
	for i, c := range h.Commands {
		if len(c.Options) > 0 && (!utf8.Valid(c.Options) || !json.Valid(c.Options)) {
			return &ConfigError{Field: fmt.Sprintf("Commands[%d].Options", i), Reason: "is not valid JSON"}
		}
	}
	var room [512]byte
	size := len(AppendHello(room[:0], h))
	if size <= MaxGatewayFrame {
		return nil
	}
	field := "Commands"
	if h.Commands = nil; len(AppendHello(nil, h)) > MaxGatewayFrame {
		field = "Identities"
	}
	return &ConfigError{Field: field, Reason: fmt.Sprintf("makes a hello of %d bytes; connectors take at most %d", size, MaxGatewayFrame)}
}

// AppendHello appends a hello frame to dst. It is a valid frame if h.Validate returns nil.
func AppendHello(dst []byte, h Hello) []byte {
	dst = beginFrame(dst, KindHello)
	dst = appendMember(dst, "platform", h.Platform)
	dst = appendMember(dst, "botId", h.BotID)
	if h.Platform == commandPlatform && len(h.Commands) > 0 {
		dst = append(dst, `,"command_manifest":[`...)
		for i, c := range h.Commands {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendCommand(dst, c)
		}
		dst = append(dst, ']')
	}
	return endFrame(dst)
}

func appendCommand(dst []byte, c Command) []byte {
	dst = append(dst, `{"name":`...)
	dst = appendString(dst, c.Name)
	dst = appendMember(dst, "description", c.Description)
	if len(c.Options) > 0 {
		dst = appendRawMember(dst, "options", c.Options)
	}
	return append(dst, '}')
}

// DecodeHello reads a hello frame. Items of the manifest that are not objects, or have no name, are dropped.
func DecodeHello(line []byte) (Hello, error) {
	obj, err := parseObject(KindHello, line)
	if err != nil {
		return Hello{}, err
	}
	h := Hello{Platform: obj.text("platform"), BotID: obj.text("botId")}
	for item := range obj.list("command_manifest") {
		name := text(find(item, "name"))
		if name == "" {
			continue
		}
		c := splitObject(item)
		h.Commands = append(h.Commands, Command{
			Name:        name,
			Description: c.text("description"),
			Options:     c.raw("options"),
		})
	}
	h.Commands = clip(h.Commands)
	return h, nil
}
