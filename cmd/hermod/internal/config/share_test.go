package config_test

import (
	"testing"
	"unsafe"
)

func TestBotsThatSayTheSameHoldItOnce(t *testing.T) {
	cfg := load(t, `defaults: {url: "ws://h", deliver: {stream: {}}}
bots:
- {name: a, identities: [{platform: discord, bot_id: "1"}]}
- {name: b, identities: [{platform: discord, bot_id: "2"}]}
- {name: c, identities: [{platform: discord, bot_id: "3"}], timing: {backoff: 3s}}
- {name: d, identities: [{platform: discord, bot_id: "4"}], timing: {backoff: 3s}, limits: {tries: 7}}
`)
	a, b, c, d := cfg.Bots[0], cfg.Bots[1], cfg.Bots[2], cfg.Bots[3]
	if a.Timing != b.Timing || a.Limits != b.Limits || a.Session != b.Session || a.TLS != b.TLS || c.Timing != d.Timing ||
		b.Limits != c.Limits {
		t.Error("bots that say the same do not share it")
	}
	same := func(a, b string) bool { return unsafe.StringData(a) == unsafe.StringData(b) }
	if !same(a.URL, d.URL) || !same(a.Identities[0].Platform, d.Identities[0].Platform) ||
		!same(string(a.Strategy), string(d.Strategy)) {
		t.Error("bots that say the same have texts of their own")
	}
	if b.Timing == c.Timing || c.Limits == d.Limits || a.Timing.Backoff.Seconds() == 3 ||
		c.Timing.Backoff.Seconds() != 3 || d.Limits.Tries != 7 || b.Identities[0].BotID != "2" {
		t.Error("bots that differ share what differs")
	}
}
