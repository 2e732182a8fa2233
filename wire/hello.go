package wire

import (
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

// AppendHello appends a hello frame to dst.
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

// DecodeHello reads a hello frame. Items of the manifest that are not objects are dropped.
func DecodeHello(line []byte) (Hello, error) {
	obj, err := parseObject(KindHello, line)
	if err != nil {
		return Hello{}, err
	}
	h := Hello{Platform: obj.text("platform"), BotID: obj.text("botId")}
	for _, item := range obj.list("command_manifest") {
		if !isObject(item) {
			continue
		}
		c := splitObject(item)
		h.Commands = append(h.Commands, Command{
			Name:        c.text("name"),
			Description: c.text("description"),
			Options:     c.raw("options"),
		})
	}
	return h, nil
}
