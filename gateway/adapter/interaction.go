package adapter

import (
	"strings"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// maxNesting bounds how deep options and components are read; Discord nests three levels.
const maxNesting = 8

func readCommand(e *wire.Event, data object) {
	name := strings.TrimRight(data.text("name"), "/")
	if name == "" {
		return
	}
	words := append([]string{"/" + name}, optionWords(data.list("options"), 0)...)
	e.Text, e.MessageType = strings.TrimSpace(strings.Join(words, " ")), wire.TypeCommand
}

func optionWords(options []json.RawMessage, depth int) []string {
	var words []string
	for _, raw := range options {
		option, ok := objectOf(raw)
		if !ok || depth >= maxNesting {
			continue
		}
		switch option.text("type") {
		case subCommand, subCommandGroup:
			words = appendWord(words, option.text("name"))
			words = append(words, optionWords(option.list("options"), depth+1)...)
		default:
			words = appendWord(words, scalar(option["value"]))
		}
	}
	return words
}

func appendWord(words []string, word string) []string {
	if word = strings.TrimSpace(word); word != "" {
		words = append(words, word)
	}
	return words
}

// scalar returns a value as the reference, being Python, prints it.
func scalar(raw json.RawMessage) string {
	switch string(raw) {
	case "true":
		return "True"
	case "false":
		return "False"
	}
	return textOf(raw)
}

func readComponent(e *wire.Event, data, message object) {
	e.Text = data.text("custom_id")
	promptID, optionID, ok := ParsePromptToken(e.Text)
	if !ok {
		return
	}
	response := struct {
		PromptID  string  `json:"prompt_id"`
		OptionID  string  `json:"option_id"`
		MessageID *string `json:"prompt_message_id"`
	}{PromptID: promptID, OptionID: optionID}
	if id := message.text("id"); id != "" {
		response.MessageID = &id
	}
	e.PromptResponse, _ = json.Marshal(response)
	e.Text, e.MessageType = "/"+optionID, wire.TypeCommand
}

// formLines returns the fields of a form, wherever in its layout they are.
func formLines(layout object, depth int) []string {
	if depth > maxNesting {
		return nil
	}
	var lines []string
	id := layout.text("custom_id")
	if value, ok := layout["value"]; ok && id != "" {
		lines = append(lines, id+"="+scalar(value))
	} else if values := layout.list("values"); values != nil && id != "" {
		lines = append(lines, id+"="+strings.Join(scalars(values), ","))
	}
	if nested := layout.object("component"); nested != nil {
		lines = append(lines, formLines(nested, depth+1)...)
	}
	for _, raw := range layout.list("components") {
		if nested, ok := objectOf(raw); ok {
			lines = append(lines, formLines(nested, depth+1)...)
		}
	}
	return lines
}

func scalars(values []json.RawMessage) []string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = scalar(value)
	}
	return texts
}
