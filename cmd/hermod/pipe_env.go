package main

import (
	"log/slog"
	"os"
	"strings"

	"hermod/wire"

	json "github.com/goccy/go-json"
)

// environmentIdentities returns the bots that the environment names: the list with its map of bot
// ids or, without a list, the single platform.
func environmentIdentities(log *slog.Logger) []wire.Identity {
	botIDs := environmentBotIDs(log)
	var identities []wire.Identity
	for platform := range strings.SplitSeq(os.Getenv("GATEWAY_RELAY_PLATFORMS"), ",") {
		if platform = strings.TrimSpace(platform); platform != "" {
			identities = append(identities, wire.Identity{Platform: platform, BotID: botIDs[platform]})
		}
	}
	if platform := strings.TrimSpace(os.Getenv("GATEWAY_RELAY_PLATFORM")); len(identities) == 0 && platform != "" {
		identities = []wire.Identity{{Platform: platform, BotID: strings.TrimSpace(os.Getenv("GATEWAY_RELAY_BOT_ID"))}}
	}
	return identities
}

// environmentBotIDs reads {"platform":{"botId":"…"}}. Whatever has another form gives no id, since
// a bot without an id still works.
func environmentBotIDs(log *slog.Logger) map[string]string {
	raw := strings.TrimSpace(os.Getenv("GATEWAY_RELAY_BOT_IDS"))
	if raw == "" {
		return nil
	}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal([]byte(raw), &entries); err != nil || !json.Valid([]byte(raw)) {
		log.Warn(`GATEWAY_RELAY_BOT_IDS is not a JSON object of the form {"discord":{"botId":"b1"}}; going on without bot ids`)
		return nil
	}
	botIDs := make(map[string]string, len(entries))
	for platform, entry := range entries {
		var bot struct {
			BotID json.RawMessage `json:"botId"`
		}
		if json.Unmarshal(entry, &bot) == nil {
			botIDs[platform] = idText(bot.BotID)
		}
	}
	return botIDs
}

// idText returns a string's content, or a number as it was printed.
func idText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}
