package config

import (
	"strings"
	"time"

	"hermod/gateway/adapter"
	"hermod/wire"
)

// gatewayName is the bot's name when the environment alone describes it.
const gatewayName = "gateway"

// maxBudget is the longest duration that the file takes.
const maxBudget = 24 * time.Hour

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
	if budget := adapter.CloseBudget(g.getenv, 0); budget > 0 {
		const variable = "HERMES_GATEWAY_ADAPTER_DISCONNECT_TIMEOUT"
		root.set("shutdown", mapNode(variable).set("budget", textNode(variable, min(budget, maxBudget).String())))
	}
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

func (g *gatewayReader) getenv(name string) string { return g.env[name] }

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
	found, err := adapter.Identities(g.getenv)
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
	g.identity()
	g.secret("GATEWAY_RELAY_DELIVERY_KEY", "delivery_key")
	for variable, key := range map[string]string{
		"GATEWAY_RELAY_INSTANCE_ID": "instance_id", "GATEWAY_RELAY_WAKE_URL": "wake_url",
		"GATEWAY_RELAY_DISPLAY_NAME": "display_name", "GATEWAY_RELAY_ENDPOINT": "endpoint",
	} {
		if value := strings.TrimSpace(g.env[variable]); value != "" {
			g.under("provision", variable).set(key, textNode(variable, value))
		}
	}
	g.routeKeys()
}

// identity reads what proves whose gateway it is; a token counts before a provider of tokens.
func (g *gatewayReader) identity() {
	const token, provider = "GATEWAY_RELAY_IDENTITY_TOKEN", "GATEWAY_RELAY_IDP_"
	if strings.TrimSpace(g.env[token]) != "" || g.env[provider+"TOKEN_URL"] == "" {
		g.secret(token, "identity_token")
		return
	}
	for name, key := range map[string]string{"TOKEN_URL": "token_url", "CLIENT_ID": "client_id", "SCOPE": "scope"} {
		if value := strings.TrimSpace(g.env[provider+name]); value != "" {
			g.under("identity_provider", provider+name).set(key, textNode(provider+name, value))
		}
	}
	if secret := provider + "CLIENT_SECRET"; strings.TrimSpace(g.env[secret]) != "" {
		g.under("identity_provider", secret).set("client_secret", mapNode(secret).set("env", textNode(secret, secret)))
	}
}

func (g *gatewayReader) routeKeys() {
	const variable = "GATEWAY_RELAY_ROUTE_KEYS"
	keys := &node{at: Position{Env: variable}, list: []*node{}}
	for key := range strings.SplitSeq(g.env[variable], ",") {
		if key = strings.TrimSpace(key); key != "" {
			keys.list = append(keys.list, textNode(variable, key))
		}
	}
	if len(keys.list) > 0 {
		g.under("provision", variable).set("route_keys", keys)
	}
}

// under returns the bot's map at a key, and makes it for the first variable that has something in it.
func (g *gatewayReader) under(key, variable string) *node {
	if g.bot.child(key) == nil {
		g.bot.set(key, mapNode(variable))
	}
	return g.bot.child(key)
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
