package adapter_test

import (
	"fmt"

	"hermod/gateway/adapter"
	"hermod/wire"
)

// A code block that is cut is closed, and opened again in the next message.
func ExampleChunk() {
	text := "Run this:\n```sh\nmake all\nmake test\nmake bench\n```\nand tell me."
	for _, message := range adapter.Chunk(text, 52, wire.Chars) {
		fmt.Println(message)
		fmt.Println("--")
	}
	// Output:
	// Run this:
	// ```sh
	// make all
	// make test
	// ``` (1/2)
	// --
	// ```sh
	// make bench
	// ```
	// and tell me. (2/2)
	// --
}

// What is sent to a chat goes by the platform that the chat was heard of on.
func ExampleEgress() {
	egress := adapter.NewEgress([]wire.Identity{{Platform: "discord", BotID: "d1"}, {Platform: "telegram", BotID: "t1"}}, 0)
	egress.Remember(&wire.Source{Platform: "telegram", ChatID: "c1", UserID: "u1"})

	describe := func(platform string) *wire.Descriptor {
		return &wire.Descriptor{MaxMessageLength: 4096, LenUnit: wire.UTF16}
	}
	envelopes, err := egress.Prepare(wire.NewSend("c1", "Hello"), "", describe)
	if err != nil {
		fmt.Println(err)
	}
	for _, e := range envelopes {
		fmt.Printf("%s: %s\n", e.Platform, e.Action.AppendJSON(nil))
	}
	_, err = egress.Prepare(wire.NewReact("c1", "m1", "👍", false), "", describe)
	fmt.Println(err)
	// Output:
	// telegram: {"op":"send","chat_id":"c1","content":"Hello","metadata":{"user_id":"u1"}}
	// adapter: the connector does not offer "react" on telegram; send the same as text, or do without
}

// A question with buttons, and what comes back: the answer, and the same again.
func ExamplePrompts() {
	prompts := adapter.NewPrompts[string](adapter.PromptsConfig{})
	options := []wire.PromptOption{{ID: "yes", Label: "Deploy", Style: "primary"}, {ID: "no", Label: "Not now"}}
	_, id, err := prompts.Ask("c1", "approval", "Deploy to production?", options, "deployment 7")
	if err != nil {
		fmt.Println(err)
	}

	response := fmt.Appendf(nil, `{"prompt_id":%q,"option_id":"yes"}`, id)
	pressed := new(wire.Event).SetExtras(wire.Extras{PromptResponse: response})
	for range 2 {
		if answer, ok := prompts.Answer(pressed); ok {
			fmt.Println(answer.Verdict, answer.OptionID, answer.State)
		}
	}
	// Output:
	// answered yes deployment 7
	// ignored yes
}

// A slash command on Discord is the event that its text would be.
func ExampleDecodeInteraction() {
	e, err := adapter.DecodeInteraction(&wire.Forward{Platform: "discord", Body: []byte(`{
		"type": 2, "id": "i1", "channel_id": "c1", "guild_id": "g1",
		"member": {"nick": "Ben", "user": {"id": "u1", "username": "ben"}},
		"data": {"name": "model", "options": [{"type": 3, "name": "name", "value": "gpt"}]}}`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Text, e.MessageType, e.Source.UserName)
	fmt.Println(wire.SessionKey(&e.Source, wire.SessionKeyOptions{}))
	// Output:
	// /model gpt command Ben
	// agent:main:discord:group:c1:u1
}

func ExampleSlackParentCommand() {
	e := &wire.Event{Text: "/hermes model gpt", Source: wire.Source{Platform: "slack"}}
	text, kind := adapter.SlackParentCommand(e, []string{"model", "status"})
	fmt.Println(text, kind)
	// Output: /model gpt command
}

func ExampleIdentities() {
	environment := map[string]string{
		"GATEWAY_RELAY_PLATFORMS": "discord,telegram",
		"GATEWAY_RELAY_BOT_IDS":   `{"telegram":{"botId":"42","username":"@helper_bot"}}`,
	}
	getenv := func(name string) string { return environment[name] } // or os.Getenv
	identities, warning := adapter.Identities(getenv)
	fmt.Println(identities, warning)
	fmt.Println("https://t.me/" + adapter.BotUsername(getenv, "telegram"))
	// Output:
	// [{discord } {telegram 42}] <nil>
	// https://t.me/helper_bot
}

func ExampleDeclined() {
	result := wire.ParseResult([]byte(`{"success":false,"error":"discord egress declined: target is not an approved destination"}`))
	fmt.Println(adapter.Declined(result))
	// Output: true
}
