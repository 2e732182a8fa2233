package adapter

import (
	"strings"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// The variables that name a gateway's bots.
const (
	platformsVariable = "GATEWAY_RELAY_PLATFORMS"
	botIDsVariable    = "GATEWAY_RELAY_BOT_IDS"
	platformVariable  = "GATEWAY_RELAY_PLATFORM"
	botIDVariable     = "GATEWAY_RELAY_BOT_ID"
)

// Identities returns the bots that the environment names, none if it names no platform:
// those of GATEWAY_RELAY_PLATFORMS, a comma list, in its order, with the ids of
// GATEWAY_RELAY_BOT_IDS, a JSON object {"discord":{"botId":"b1"}}; or, without a list, the one
// of GATEWAY_RELAY_PLATFORM and GATEWAY_RELAY_BOT_ID. Getenv is os.Getenv, or stands in for it.
//
// The warning is a *wire.ConfigError when GATEWAY_RELAY_BOT_IDS cannot be read. The
// identities are good all the same, without those ids: a bot without an id works.
func Identities(getenv func(name string) string) (identities []wire.Identity, warning error) {
	bots, warning := botEntries(getenv)
	for platform := range strings.SplitSeq(getenv(platformsVariable), ",") {
		if platform = strings.TrimSpace(platform); platform != "" {
			botID := strings.TrimSpace(bots.object(platform).text("botId"))
			identities = append(identities, wire.Identity{Platform: platform, BotID: botID})
		}
	}
	if platform := strings.TrimSpace(getenv(platformVariable)); len(identities) == 0 && platform != "" {
		identities = []wire.Identity{{Platform: platform, BotID: strings.TrimSpace(getenv(botIDVariable))}}
	}
	return identities, warning
}

// BotUsername returns the name that a bot has in links of its platform, without "@", as
// GATEWAY_RELAY_BOT_IDS gives it: {"telegram":{"botId":"42","username":"helper_bot"}}. It is ""
// where there is none.
func BotUsername(getenv func(name string) string, platform string) string {
	bots, _ := botEntries(getenv)
	return strings.TrimLeft(bots.object(platform).text("username"), "@")
}

func botEntries(getenv func(name string) string) (object, error) {
	raw := strings.TrimSpace(getenv(botIDsVariable))
	if raw == "" {
		return nil, nil
	}
	if !json.Valid([]byte(raw)) {
		return nil, badBotIDs("is not JSON")
	}
	bots, ok := objectOf([]byte(raw))
	if !ok {
		return nil, badBotIDs("is not a JSON object")
	}
	return bots, nil
}

func badBotIDs(what string) error {
	return &wire.ConfigError{
		Field:  botIDsVariable,
		Reason: what + `; write {"discord":{"botId":"b1"}}, or unset it (the bots go without ids until then)`,
	}
}
