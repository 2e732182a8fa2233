package config

import "reflect"

// Reuse takes each bot that is as it was in an earlier configuration from there, so that what holds on to it and this
// configuration have one, and comparing the two is comparing pointers.
func (c *Config) Reuse(earlier *Config) {
	known := make(map[string]*Bot, len(earlier.Bots))
	for _, bot := range earlier.Bots {
		known[bot.Name] = bot
	}
	for i, bot := range c.Bots {
		if before := known[bot.Name]; before != nil && reflect.DeepEqual(before, bot) {
			c.Bots[i] = before
		}
	}
}
