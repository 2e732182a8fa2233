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

func readComponent(e *wire.Event, data object, messageID string) {
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
	if messageID != "" {
		response.MessageID = &messageID
	}
	answer, _ := json.Marshal(response)
	e.SetExtras(wire.Extras{PromptResponse: answer})
	e.Text, e.MessageType = "/"+optionID, wire.TypeCommand
}
