package config

import "reflect"

// share has bots that say the same hold it once: there may be thousands, and most differ in their names and identities
// alone. Each is compared with the one before it, as the file is likely to have them. Nobody changes a loaded Config.
func (c *Config) share() {
	for i := 1; i < len(c.Bots); i++ {
		bot, before := c.Bots[i], c.Bots[i-1]
		keepOne(&bot.Timing, before.Timing)
		keepOne(&bot.Limits, before.Limits)
		keepOne(&bot.Session, before.Session)
		keepOne(&bot.TLS, before.TLS)
		keepOneText(&bot.URL, before.URL)
		keepOneText(&bot.GatewayID, before.GatewayID)
		keepOneText(&bot.Strategy, before.Strategy)
		for j := range min(len(bot.Identities), len(before.Identities)) {
			keepOneText(&bot.Identities[j].Platform, before.Identities[j].Platform)
		}
	}
}

func keepOne[T any](field **T, before *T) {
	if reflect.DeepEqual(*field, before) {
		*field = before
	}
}

// keepOneText has equal strings lie in the same memory.
func keepOneText[S ~string](field *S, before S) {
	if *field == before {
		*field = before
	}
}
