package wire_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"hermod/gateway/adapter"
	"hermod/wire"
)

func init() {
	register(runChunk, "chunk")
	register(runInteraction, "discord_interaction")
	register(runPromptToken, "prompt_token")
	register(runIdentities, "identities_env")
	register(runBotUsername, "bot_username")
	register(runVerifyDelivery, "delivery_verify")
	deviations = append(deviations,
		deviation{
			kinds: []string{"discord_interaction"}, rule: "an interaction's event has the interaction's id as its message id",
			reason: "with it a copy of the event can be told from the event; the reference keeps it beside the source alone",
			expect: func(_ vector, want any) any {
				if event, ok := want.(map[string]any); ok {
					event["message_id"] = event["source_message_id"]
				}
				return want
			},
		},
		deviation{
			kinds: []string{"prompt_token"}, rule: "a line break is no part of a prompt's option id",
			reason: "the reference's pattern ends in $, which in Python also matches before a last line break",
			expect: func(v vector, want any) any {
				if strings.HasSuffix(str(object(v.In)["token"]), "\n") {
					return nil
				}
				return want
			},
		},
		deviation{
			kinds: []string{"identities_env"}, rule: "an environment that names no platform names no bot",
			reason: "a gateway without a platform is not configured; to front the platform relay it says so",
			expect: func(v vector, want any) any {
				named := str(object(v.In)["GATEWAY_RELAY_PLATFORMS"]) + str(object(v.In)["GATEWAY_RELAY_PLATFORM"])
				if strings.Trim(named, ", \t\n") == "" {
					return []any{}
				}
				return want
			},
		},
	)
}

func runChunk(t *testing.T, v vector) any {
	in := input[struct {
		Text    string       `json:"text"`
		Max     int          `json:"max"`
		LenUnit wire.LenUnit `json:"len_unit"`
	}](t, v)
	return adapter.Chunk(in.Text, in.Max, in.LenUnit)
}

func runInteraction(t *testing.T, v vector) any {
	body := []byte(v.In)
	if text := str(object(v.In)["body_hex"]); text != "" {
		var err error
		if body, err = hex.DecodeString(text); err != nil {
			t.Fatal(err)
		}
	}
	e, err := adapter.DecodeInteraction(&wire.Forward{Platform: "discord", Body: body})
	if err != nil {
		return nil
	}
	return map[string]any{
		"text": e.Text, "message_type": e.MessageType, "message_id": orNull(e.MessageID),
		"prompt_response": e.Extras().PromptResponse,
		"chat_id":         e.Source.ChatID, "chat_type": e.Source.ChatType, "scope_id": orNull(e.Source.ScopeID),
		"user_id": orNull(e.Source.UserID), "user_name": orNull(e.Source.UserName),
		"source_message_id": orNull(e.Source.MessageID),
		"session_key":       wire.SessionKey(&e.Source, wire.SessionKeyOptions{}),
	}
}

func runPromptToken(t *testing.T, v vector) any {
	promptID, optionID, ok := adapter.ParsePromptToken(input[struct{ Token string }](t, v).Token)
	if !ok {
		return nil
	}
	return []string{promptID, optionID}
}

// environment stands in for os.Getenv with the strings of a vector's input.
func environment(v vector) func(string) string {
	in := object(v.In)
	return func(name string) string { return str(in[name]) }
}

func runIdentities(t *testing.T, v vector) any {
	identities, _ := adapter.Identities(environment(v))
	pairs := [][]string{}
	for _, i := range identities {
		pairs = append(pairs, []string{i.Platform, i.BotID})
	}
	return pairs
}

func runBotUsername(t *testing.T, v vector) any {
	return orNull(adapter.BotUsername(environment(v), str(object(v.In)["platform"])))
}

func runVerifyDelivery(t *testing.T, v vector) any {
	in := input[struct {
		Body      string        `json:"body"`
		Timestamp string        `json:"timestamp"`
		Signature string        `json:"signature"`
		Keys      []wire.Secret `json:"keys"`
		Now       int64         `json:"now"`
		MaxSkew   float64       `json:"max_skew"`
	}](t, v)
	err := wire.VerifyDelivery([]byte(in.Body), in.Timestamp, in.Signature, in.Keys, time.Unix(in.Now, 0),
		seconds(in.MaxSkew))
	return err == nil
}
