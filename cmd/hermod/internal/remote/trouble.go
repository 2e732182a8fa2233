package remote

import (
	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/cli"
)

// Trouble says what is wrong with a bot, "" for one that is as it should be: it is connected or sleeps, and its
// deliveries are taken; or it is off because the configuration or an operator says so.
func Trouble(b client.Bot) string {
	switch {
	case b.Stuck != nil:
		return "a delivery is stuck: " + b.Stuck.Error
	case text(b.Delivery.Error) != "":
		return "deliveries do not work: " + text(b.Delivery.Error)
	case b.PlatformState == client.BotPlatformStateConnected && b.PausedSince != nil:
		return "too many deliveries are not settled; nothing is read"
	case b.PlatformState == client.BotPlatformStateConnected:
		return ""
	case b.PlatformState == client.BotPlatformStateDisabled && (b.Cause == nil || *b.Cause != client.Revoked):
		return ""
	}
	return cli.FirstSet(text(b.Error), "it has not connected yet")
}

// Remedy says what to do about a bot's trouble, "" where nobody knows.
func Remedy(b client.Bot) string {
	if Trouble(b) == "" {
		return ""
	}
	return cli.FirstSet(text(b.Delivery.Hint), text(b.Hint))
}

func text(field *string) string {
	if field == nil {
		return ""
	}
	return *field
}
