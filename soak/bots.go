package main

import (
	"fmt"
	"os"
	"strings"
)

// The ways of delivery, and how many of a hundred bots have each. Processes are few, since each takes memory of its own
// that has nothing to do with the daemon.
const (
	byWebhook = "webhook"
	byStream  = "stream"
	byRelay   = "relay"
	byProcess = "process"
)

func wayOf(i int) string {
	switch n := i % 20; {
	case n == 0:
		return byProcess
	case n < 6:
		return byRelay
	case n < 12:
		return byStream
	}
	return byWebhook
}

func botName(i int) string { return fmt.Sprintf("bot-%04d", i) }

// The memories that fill with time are so small that they are full before anything is compared.
const settings = `state: state
http: {listen: '127.0.0.1:0', token: {env: TOKEN}, pprof: true}
gateways: {listen: '127.0.0.1:0'}
metrics: {bots: 20}
dead_letters: {max_age: 1m}
log: {level: %s}
start: {spread: 5s}
defaults:
  url: %s
  secret: {env: SECRET}
  limits: {dedupe_keys: 8, max_queued: 64}
  timing: {backoff: 500ms, max_backoff: 5s, stable_after: 10s}
bots:
`

// configuration is the daemon's; without says which bots it leaves out, and the URL of webhooks ends in version.
func configuration(o options, connector, receiver string, without func(i int) bool, version int) string {
	self, _ := os.Executable()
	var text strings.Builder
	fmt.Fprintf(&text, settings, o.log, connector)
	for i := range o.bots {
		if without(i) {
			continue
		}
		var deliver string
		switch wayOf(i) {
		case byWebhook:
			deliver = fmt.Sprintf("webhook: {url: '%s/%d/%d', secret: {env: WEBHOOK}}", receiver, version, i%7)
		case byStream:
			deliver = "stream: {}"
		case byProcess:
			deliver = fmt.Sprintf("process: {command: ['%s', %s], manual_ack: %t}", self, asProcess, i%40 == 0)
		case byRelay:
			deliver = fmt.Sprintf("relay: {gateway_id: behind-%s, secret: {env: BEHIND}}", botName(i))
		}
		fmt.Fprintf(&text, "- {name: %s, gateway_id: %s, identities: [{platform: discord, bot_id: b%d}], deliver: {%s}}\n",
			botName(i), botName(i), i, deliver)
	}
	return text.String()
}
