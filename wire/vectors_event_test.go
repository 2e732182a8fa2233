package wire_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"hermod/wire"
)

var eventKinds = []string{"event_decode", "event_decode_later"}

var (
	nullableFields = []string{"message_id", "reply_to_message_id", "reply_to_text", "reply_to_author_name"}
	nullableSource = []string{"chat_name", "user_id", "user_name", "thread_id", "chat_topic", "user_id_alt",
		"chat_id_alt", "scope_id", "parent_chat_id", "message_id", "profile", "auto_thread_initial_name",
		"prospective_thread_id"}
)

func init() {
	register(runEvent, eventKinds...)
	register(runDedupeKey, "dedupe_key")
	register(runMediaTypes, "media_types")
	register(runContext, "context_render")
	register(runSessionKey, "session_key")
	deviations = append(deviations,
		deviation{
			kinds: eventKinds, rule: "text is a string",
			reason: "null and absent are empty, and what is no string is printed as JSON, so that handlers see one type",
			expect: onEvent(func(in, _ map[string]json.RawMessage, want, _ map[string]any) {
				if _, ok := want["text"].(string); !ok {
					want["text"] = printed(in["text"])
				}
			}),
		},
		deviation{
			kinds: eventKinds, rule: "ids and names are strings; empty and null are one",
			reason: "a Go string costs nothing when it is empty, and no platform has an id or a name that is empty",
			expect: onEvent(func(in, source map[string]json.RawMessage, want, wantSource map[string]any) {
				reply := object(in["reply_to"])
				in["reply_to_text"], in["reply_to_author_name"] = reply["text"], reply["author"]
				for _, key := range nullableFields {
					printNullable(want, key, in[key])
				}
				for _, key := range nullableSource {
					printNullable(wantSource, key, source[key])
				}
				if _, ok := wantSource["chat_id"].(string); !ok {
					wantSource["chat_id"] = printed(source["chat_id"])
				}
			}),
		},
		deviation{
			kinds: eventKinds, rule: "a chat type that is null or empty is dm",
			reason: "it is the default for an absent one, and nothing else can be meant",
			expect: onEvent(func(_, source map[string]json.RawMessage, _, wantSource map[string]any) {
				if s, _ := wantSource["chat_type"].(string); s == "" {
					if s = printed(source["chat_type"]); s == "" {
						s = "dm"
					}
					wantSource["chat_type"] = s
				}
			}),
		},
		deviation{
			kinds: eventKinds, rule: "both scope_id and guild_id are read",
			reason: "the first version knew guild_id alone, later ones scope_id alone; connectors of either kind are served",
			expect: onEvent(func(_, source map[string]json.RawMessage, _, wantSource map[string]any) {
				wantSource["scope_id"] = nil
				for _, key := range []string{"guild_id", "scope_id"} {
					if s := printed(source[key]); s != "" {
						wantSource["scope_id"] = s
					}
				}
			}),
		},
		deviation{
			kinds: eventKinds, rule: "media_urls holds strings alone",
			reason: "what is no url cannot be fetched; no list at all is an empty one",
			expect: onEvent(func(in, _ map[string]json.RawMessage, want, _ map[string]any) {
				urls := []any{}
				list, _ := parse(in["media_urls"]).([]any)
				for _, url := range list {
					if s, ok := url.(string); ok {
						urls = append(urls, s)
					}
				}
				want["media_urls"] = urls
			}),
		},
		deviation{
			kinds: eventKinds, rule: "the platform is trimmed and lower-cased",
			reason: "a spelling is not another platform; the original stands beside it",
			expect: onEvent(func(_, source map[string]json.RawMessage, _, wantSource map[string]any) {
				name := strings.ToLower(strings.TrimSpace(str(source["platform"])))
				if slices.Contains(wire.KnownPlatforms(), name) {
					wantSource["platform"] = name
				}
			}),
		},
		deviation{
			kinds: []string{"event_decode_later"}, rule: "ids and names are strings; empty and null are one",
			reason: "the shown name is the first that is not empty, once they all are strings",
			expect: onEvent(func(_, source map[string]json.RawMessage, _, wantSource map[string]any) {
				wantSource["user_name"] = nil
				for _, key := range []string{"user_handle", "user_name", "user_display_name"} {
					if s := printed(source[key]); s != "" {
						wantSource["user_name"] = s
					}
				}
			}),
		},
		deviation{
			kinds: []string{"event_decode_later"}, rule: "text is a string",
			reason: "on Slack the reference raises for a text that is none; here it is printed first, as everywhere",
			expect: func(v vector, want any) any {
				in := object(v.In)
				text := in["text"]
				if _, raised := want.(failed); !raised || text == nil || text[0] == '"' {
					return want
				}
				in["text"], _ = json.Marshal(printed(text))
				v.In, _ = json.Marshal(in)
				e, err := wire.ParseEvent(v.In)
				if err != nil || e.Source.Platform != "slack" {
					return want
				}
				raw, _ := json.Marshal(eventShape(v, e))
				return parse(raw)
			},
		},
		deviation{
			kinds: eventKinds, rule: "Slack's parent command is left as it is",
			reason: "which words are subcommands is the gateway's knowledge; adapter.SlackParentCommand rewrites it with that",
			expect: func(v vector, want any) any {
				in := object(v.In)
				platform := strings.ToLower(strings.TrimSpace(str(object(in["source"])["platform"])))
				if m, ok := want.(map[string]any); ok && platform == "slack" {
					m["text"] = printed(in["text"])
					m["message_type"] = knownType(str(in["message_type"]))
				}
				return want
			},
		},
		deviation{
			kinds: []string{"media_types"}, rule: "media_urls holds strings alone",
			reason: "there is one type for each url that is kept",
			expect: func(v vector, want any) any {
				types, _ := want.([]any)
				urls, _ := parse(object(v.In)["media_urls"]).([]any)
				kept := []any{}
				for i, mime := range types {
					if i < len(urls) {
						if _, ok := urls[i].(string); ok {
							kept = append(kept, mime)
						}
					}
				}
				return kept
			},
		},
		deviation{
			kinds: []string{"context_render"}, rule: "what is no string is printed as JSON",
			reason: "the reference shows Python's spelling (True, ['a']), which says nothing to anybody else",
			expect: func(v vector, want any) any {
				if want == nil {
					return nil
				}
				return renderContext(v.In)
			},
		},
	)
}

// onEvent applies a rule to an event that was decoded, with its source.
func onEvent(rule func(in, source map[string]json.RawMessage, want, wantSource map[string]any)) func(vector, any) any {
	return func(v vector, want any) any {
		m, ok := want.(map[string]any)
		if !ok {
			return want
		}
		in := object(v.In)
		rule(in, object(in["source"]), m, m["source"].(map[string]any))
		return want
	}
}

// printNullable turns a value that is no string, or an empty one, into what we give for it.
func printNullable(want map[string]any, key string, raw json.RawMessage) {
	old, ok := want[key]
	if s, isString := old.(string); !ok || isString && s != "" || old == nil {
		return
	}
	want[key] = nil
	if s := printed(raw); s != "" {
		want[key] = s
	}
}

func knownType(name string) string {
	known := []string{"location", "photo", "video", "audio", "voice", "document", "sticker", "command"}
	if slices.Contains(known, name) {
		return name
	}
	return "text"
}

// renderContext is the rule for contexts, over raw JSON.
func renderContext(raw []byte) any {
	var items []json.RawMessage
	_ = json.Unmarshal(raw, &items)
	lines := []string{"[Recent channel messages]"}
	for _, item := range items {
		m := object(item)
		if !trueInPython(m["text"]) {
			continue
		}
		line := printed(m["text"])
		source := object(m["source"])
		for _, key := range []string{"user_name", "user_id"} {
			if trueInPython(source[key]) {
				line = printed(source[key]) + ": " + line
				break
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// runEvent returns an event in the reference's shape.
func runEvent(_ *testing.T, v vector) any {
	e, err := wire.ParseEvent(v.In)
	if err != nil {
		return failed{}
	}
	return eventShape(v, e)
}

func eventShape(v vector, e *wire.Event) any {
	s := &e.Source
	source := map[string]any{
		"platform": s.Platform, "chat_id": s.ChatID, "chat_type": s.ChatType, "chat_name": orNull(s.ChatName),
		"user_id": orNull(s.UserID), "user_name": orNull(s.UserName), "thread_id": orNull(s.ThreadID),
		"chat_topic": orNull(s.Extras().ChatTopic), "user_id_alt": orNull(s.Extras().UserIDAlt), "chat_id_alt": orNull(s.Extras().ChatIDAlt),
		"scope_id": orNull(s.Scope()), "parent_chat_id": orNull(s.Extras().ParentChatID), "message_id": orNull(s.MessageID),
	}
	urls := e.Extras().MediaURLs
	if urls == nil {
		urls = []string{}
	}
	out := map[string]any{
		"text": e.Text, "message_type": e.MessageType, "message_id": orNull(e.MessageID),
		"reply_to_message_id": orNull(e.ReplyToMessageID), "media_urls": urls, "source": source,
	}
	if v.Kind == "event_decode_later" {
		addLater(e, out, source)
	}
	return out
}

// addLater adds what later versions of the reference read.
func addLater(e *wire.Event, out, source map[string]any) {
	s := &e.Source
	source["user_name"] = orNull(s.ShownName())
	source["profile"] = orNull(s.Extras().Profile)
	source["auto_thread_created"] = s.Extras().AutoThreadCreated
	source["auto_thread_initial_name"] = orNull(s.Extras().AutoThreadInitialName)
	source["prospective_thread_id"] = orNull(s.Extras().ProspectiveThreadID)
	normal := object(e.AppendJSON(nil))
	source["delivered_via_upstream_relay"] = object(normal["source"])["delivered_via_upstream_relay"]
	reply := e.Extras().ReplyTo
	if reply == nil {
		reply = &wire.ReplyTo{}
	}
	out["reply_to_text"] = orNull(reply.Text)
	out["reply_to_author_name"] = orNull(reply.Author)
	out["reply_to_is_own_message"] = reply.IsOwn
	out["channel_context"] = orNull(e.ChannelContext())
	out["prompt_response"] = e.Extras().PromptResponse
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func runDedupeKey(t *testing.T, v vector) any {
	e, err := wire.ParseEvent(v.In)
	if err != nil {
		return failed{}
	}
	return orNull(e.DedupeKey())
}

func runMediaTypes(t *testing.T, v vector) any {
	e, err := wire.ParseEvent(v.In)
	if err != nil {
		return failed{}
	}
	return e.MediaTypes()
}

func runContext(t *testing.T, v vector) any {
	e, err := wire.ParseEvent([]byte(`{"context":` + string(v.In) + `}`))
	if err != nil {
		return failed{}
	}
	return orNull(e.ChannelContext())
}

func runSessionKey(t *testing.T, v vector) any {
	e, err := wire.ParseEvent([]byte(`{"source":` + string(v.In) + `}`))
	if err != nil {
		return failed{}
	}
	in := object(v.In)
	return wire.SessionKey(&e.Source, wire.SessionKeyOptions{
		Profile:        printed(in["profile"]),
		SharedGroups:   in["group_sessions_per_user"] != nil && !trueInPython(in["group_sessions_per_user"]),
		PerUserThreads: trueInPython(in["thread_sessions_per_user"]),
	})
}
