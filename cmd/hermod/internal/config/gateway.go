package config

import (
	"strings"

	"hermod/gateway/adapter"
	"hermod/wire"
)

// gatewayName is the bot's name when the environment alone describes it.
const gatewayName = "gateway"

// gatewayTree describes the one gateway of the GATEWAY_RELAY_ variables as a file would.
func gatewayTree(env environment) (*node, []Problem) {
	g := gatewayReader{env: env, bot: mapNode("GATEWAY_RELAY_URL")}
	g.bot.set("name", textNode("GATEWAY_RELAY_URL", gatewayName))
	g.text("GATEWAY_RELAY_URL", "url")
	g.text("GATEWAY_RELAY_ID", "gateway_id")
	if env["GATEWAY_RELAY_URL"] == "" {
		g.wrong("GATEWAY_RELAY_URL", "is not set", "name the connector, for example wss://connector.example, or give a file with --config")
	}
	g.secret("GATEWAY_RELAY_SECRET", "secret")
	g.identities()
	g.boot()
	root := mapNode("GATEWAY_RELAY_URL")
	root.set("bots", &node{at: root.at, list: []*node{g.bot}})
	if !setsDelivery(env) {
		g.bot.set("deliver", mapNode("GATEWAY_RELAY_URL").set("stream", mapNode("GATEWAY_RELAY_URL")))
	}
	return root, g.problems
}

// setsDelivery says that the environment chooses a delivery other than the stream.
func setsDelivery(env environment) bool {
	for name := range env {
		if strings.HasPrefix(name, prefix+"DEFAULTS_DELIVER_") {
			return true
		}
	}
	return false
}

type gatewayReader struct {
	env      environment
	bot      *node
	problems []Problem
}

func (g *gatewayReader) wrong(variable, wrong, remedy string) {
	g.problems = append(g.problems, Problem{At: Position{Env: variable}, Wrong: wrong, Remedy: remedy})
}

func (g *gatewayReader) text(variable, key string) {
	if value := strings.TrimSpace(g.env[variable]); value != "" {
		g.bot.set(key, textNode(variable, value))
	}
}

func (g *gatewayReader) secret(variable, key string) {
	if g.env[variable] != "" {
		g.bot.set(key, mapNode(variable).set("env", textNode(variable, variable)))
	}
}

// identities reads the bots as every gateway does.
func (g *gatewayReader) identities() {
	const list = "GATEWAY_RELAY_PLATFORMS"
	found, err := adapter.Identities(func(name string) string { return g.env[name] })
	if err != nil {
		g.wrong("GATEWAY_RELAY_BOT_IDS", "is not a JSON object of bot ids by platform", `write for example {"discord":{"botId":"b1"}}`)
	}
	if len(found) == 0 {
		g.wrong(list, "is not set", "name the platforms, for example discord,telegram")
	}
	identities := &node{at: Position{Env: list}, list: []*node{}}
	for _, identity := range found {
		identities.list = append(identities.list, identityNode(list, identity))
	}
	g.bot.set("identities", identities)
}

// boot reads what the connector is told before the dial.
func (g *gatewayReader) boot() {
	const token = "GATEWAY_RELAY_ENROLL_TOKEN"
	if g.env[token] != "" {
		g.bot.set("enroll", mapNode(token).set("token", mapNode(token).set("env", textNode(token, token))))
	}
	g.secret("GATEWAY_RELAY_IDENTITY_TOKEN", "identity_token")
	for variable, key := range map[string]string{
		"GATEWAY_RELAY_INSTANCE_ID": "instance_id", "GATEWAY_RELAY_WAKE_URL": "wake_url", "GATEWAY_RELAY_DISPLAY_NAME": "display_name",
	} {
		value := strings.TrimSpace(g.env[variable])
		if value == "" {
			continue
		}
		if g.bot.child("provision") == nil {
			g.bot.set("provision", mapNode(variable))
		}
		g.bot.child("provision").set(key, textNode(variable, value))
	}
}

func identityNode(variable string, identity wire.Identity) *node {
	n := mapNode(variable).set("platform", textNode(variable, identity.Platform))
	if identity.BotID != "" {
		n.set("bot_id", textNode(variable, identity.BotID))
	}
	return n
}

func textNode(variable, text string) *node { return &node{at: Position{Env: variable}, scalar: text} }

func mapNode(variable string) *node {
	return &node{at: Position{Env: variable}, fields: make(map[string]field)}
}

// set adds an entry to a map that is being built, and returns the map.
func (n *node) set(key string, value *node) *node {
	n.fields[key] = field{at: value.at, value: value}
	return n
}
