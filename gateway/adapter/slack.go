package adapter

import (
	"slices"
	"strings"
	"unicode"

	"hermod/wire"
)

const (
	slack       = "slack"
	slackParent = "/hermes"
)

// SlackParentCommand returns the text and the type that an event has for the gateway. They
// are the event's own but for the one command that an app has on Slack, /hermes, whose first
// word names the real one: "/hermes model gpt" is "/model gpt" if model is among the
// gateway's subcommands (which may be written "/model", too), and "/hermes compact" is
// "/compress". Any other text is itself without the parent, and none is "/help". What then
// begins with a slash is of type command, all else of type text. The event is not changed.
func SlackParentCommand(e *wire.Event, subcommands []string) (text string, kind wire.MessageType) {
	parent, payload := firstWord(e.Text)
	if e.Source.Platform != slack || parent != slackParent || len(e.Extras().PromptResponse) > 0 {
		return e.Text, e.MessageType
	}
	text = parentCommand(payload, subcommands)
	if strings.HasPrefix(text, "/") {
		return text, wire.TypeCommand
	}
	return text, wire.TypeText
}

func parentCommand(payload string, subcommands []string) string {
	name, rest := firstWord(payload)
	switch {
	case payload == "":
		return "/help"
	case name == "compact":
		return strings.TrimSpace("/compress " + rest)
	case slices.ContainsFunc(subcommands, func(known string) bool { return strings.TrimPrefix(known, "/") == name }):
		return strings.TrimSpace("/" + name + " " + rest)
	}
	return payload
}

func firstWord(text string) (word, rest string) {
	text = strings.TrimSpace(text)
	if end := strings.IndexFunc(text, unicode.IsSpace); end >= 0 {
		return text[:end], strings.TrimSpace(text[end:])
	}
	return text, ""
}
