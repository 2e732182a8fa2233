package adapter

import (
	"fmt"

	"hermod/wire"
)

const discord = "discord"

// The types of a Discord interaction that people cause, and of what its options and channel are.
const (
	applicationCommand = "2"
	messageComponent   = "3"
	modalSubmit        = "5"

	subCommand      = "1"
	subCommandGroup = "2"

	announcementThread = "10"
	publicThread       = "11"
	privateThread      = "12"
)

// InteractionError says that a forwarded request is no Discord interaction. Log it, and
// return nil from the handler: it will not get better.
type InteractionError struct {
	// Platform is whose request it was.
	Platform string
	// Size is the length of the body in bytes.
	Size int
	// Reason is what is wrong with it.
	Reason string
}

// Error names the platform, the size and the reason, and shows nothing of the content.
func (e *InteractionError) Error() string {
	return fmt.Sprintf("adapter: decoding a Discord interaction of %d bytes from platform %q: %s", e.Size, e.Platform, e.Reason)
}

// Interaction is a Discord interaction as an event, and what an event has no place for.
type Interaction struct {
	// Event is the event that the same person's message would be; DecodeInteraction describes it.
	Event *wire.Event
	// PressedMessageID is the message whose button was pressed or whose menu was used, "" of another interaction. (Event
	// has the interaction's id both for its own and for its source's message.)
	PressedMessageID string
	// Fields are those of a form that was submitted, in their order and with those that were left empty; nil of another
	// interaction.
	Fields []FormField
}

// DecodeInteraction returns the event of ReadInteraction: the event that the same person's
// message would be, so that it has the same session key. A slash command is its text
// ("/model gpt"), of type command. A button of a prompt is a prompt response, for
// Prompts.Answer; any other component is its custom id. A submitted form is one
// custom_id=value line for each of its fields. Everything else has no text. The event's message
// id is the interaction's. The error is an *InteractionError.
func DecodeInteraction(f *wire.Forward) (*wire.Event, error) {
	i, err := ReadInteraction(f)
	return i.Event, err
}

// ReadInteraction reads a Discord interaction. The error is an *InteractionError, for a request of another platform or
// one whose body is not a JSON object.
func ReadInteraction(f *wire.Forward) (Interaction, error) {
	if !IsInteraction(f) {
		return Interaction{}, &InteractionError{Platform: f.Platform, Size: len(f.Body), Reason: "the platform has no such interactions"}
	}
	body, ok := parseObject(f.Body)
	if !ok {
		return Interaction{}, &InteractionError{Platform: f.Platform, Size: len(f.Body), Reason: "the body is not a JSON object in UTF-8"}
	}
	e := &wire.Event{MessageType: wire.TypeText, MessageID: body.text("id"), Source: interactionSource(body)}
	x := e.Source.Extras()
	x.Profile = f.Profile
	e.Source.SetExtras(x)
	i := Interaction{Event: e}
	data := body.object("data")
	switch body.text("type") {
	case applicationCommand:
		readCommand(e, data)
	case messageComponent:
		i.PressedMessageID = body.object("message").text("id")
		readComponent(e, data, i.PressedMessageID)
	case modalSubmit:
		i.Fields = formFields(data, 0)
		e.Text = formText(i.Fields)
	}
	return i, nil
}

// IsInteraction reports whether a forwarded request is of the platform that has interactions, which is Discord.
func IsInteraction(f *wire.Forward) bool { return wire.NormalPlatform(f.Platform) == discord }

func interactionSource(body object) wire.Source {
	member := body.object("member")
	user := member.object("user")
	if user == nil {
		user = body.object("user")
	}
	s := wire.Source{
		Platform:         discord,
		OriginalPlatform: discord,
		ChatID:           body.text("channel_id"),
		ChatType:         "dm",
		UserID:           user.text("id"),
		UserName:         firstOf(member.text("nick"), user.text("global_name"), user.text("username")),
		UserHandle:       user.text("username"),
		ScopeID:          body.text("guild_id"),
		MessageID:        body.text("id"),
	}
	if s.ScopeID == "" {
		return s
	}
	s.ChatType = "group"
	channel := body.object("channel")
	switch channel.text("type") {
	case announcementThread, publicThread, privateThread:
		s.ChatType, s.ThreadID = "thread", s.ChatID
		s.SetExtras(wire.SourceExtras{ParentChatID: channel.text("parent_id")})
	}
	return s
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
