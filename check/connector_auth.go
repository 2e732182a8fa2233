package check

import (
	"net/http"
	"time"

	"hermod/wire"
)

const dialling = "Dialling"

var authRules = []connectorRule{
	{Check{Name: "dial.upgrade", Section: dialling,
		Rule: "a dial of the URL, with /relay at its path's end, is upgraded to a WebSocket"}, checkUpgrade},
	{Check{Name: "auth.token", Section: dialling,
		Rule: "a fresh token of the gateway is let in"}, checkToken},
	{Check{Name: "auth.signature", Section: dialling,
		Rule: "a token that another secret signed is refused"}, checkSignature},
	{Check{Name: "auth.expired", Section: dialling,
		Rule: "a token that has expired is refused"}, checkExpired},
	{Check{Name: "auth.missing", Section: dialling,
		Rule: "an upgrade without a token is refused"}, checkMissing},
	{Check{Name: "auth.malformed", Section: dialling,
		Rule: "an Authorization that holds no token is refused, not answered with an error of the server"}, checkMalformed},
	{Check{Name: "auth.other-id", Section: dialling,
		Rule: "a token is bound to the id that it names"}, checkOtherID},
	{Check{Name: "auth.eternal", Section: dialling,
		Rule: "a token with the expiry 0 never expires, and is let in"}, checkEternal},
	{Check{Name: "auth.reason", Section: closeCodes,
		Rule: "a token that no secret signed is not refused as expired: a gateway would dial on for ever"}, checkReason},
	{Check{Name: "auth.rotation", Section: dialling,
		Rule: "while one secret replaces another, tokens of both are let in"}, checkRotation},
}

func checkUpgrade(g *player) {
	_, err := g.dialWith(g.authorization())
	g.require(err == nil, "101 Switching Protocols", "the dial failed: %v", err)
}

func checkToken(g *player) {
	g.needCredentials()
	end := g.say(g.dial())
	g.require(end == nil || !isRefusal(end), "the session stays open", "%v came", end)
}

func checkSignature(g *player) {
	g.needCredentials()
	token := wire.MintToken(g.GatewayID, "not-"+g.Secret, wire.TokenTTL, time.Now())
	g.requireRefusal("Bearer "+token, "a token with a foreign signature")
}

func checkExpired(g *player) {
	g.needCredentials()
	token := wire.MintToken(g.GatewayID, g.Secret, wire.TokenTTL, time.Now().Add(-2*time.Hour))
	g.requireRefusal("Bearer "+token, "a token that expired two hours ago")
}

func checkMissing(g *player) {
	g.needCredentials()
	g.requireRefusal("", "no token")
}

func checkMalformed(g *player) {
	g.needCredentials()
	g.requireRefusal("Bearer not.a*token", "what is no token")
}

func checkOtherID(g *player) {
	g.needCredentials()
	token := wire.MintToken(g.GatewayID+"-"+marker, g.Secret, wire.TokenTTL, time.Now())
	g.requireRefusal("Bearer "+token, "a token of an id that has no secret")
}

func checkEternal(g *player) {
	g.needCredentials()
	g.requireLetIn(wire.MintToken(g.GatewayID, g.Secret, 0, time.Now()), "a token that never expires")
}

func checkReason(g *player) {
	g.needCredentials()
	g.dial().leave(wire.CloseNormal, "")
	l, err := g.dialWith("Bearer " + wire.MintToken(g.GatewayID, "not-"+g.Secret, wire.TokenTTL, time.Now()))
	if err != nil {
		g.notApplicable("the upgrade is refused, which gives no reason")
	}
	end := g.say(l)
	if end == nil || end.code != wire.CloseUnauthorized {
		g.notApplicable("it was not refused with 4401; see auth.signature")
	}
	g.require(end.reason != expired, "4401 with another reason", "%v", end)
}

func checkRotation(g *player) {
	g.needCredentials()
	if len(g.OldSecrets) == 0 {
		g.notApplicable("it needs an older secret of the gateway (--secret-file again)")
	}
	for _, secret := range g.OldSecrets {
		g.requireLetIn(wire.MintToken(g.GatewayID, secret, wire.TokenTTL, time.Now()), "a token that an older secret signed")
	}
}

// needAdmission ends the check if not even a fresh token is let in.
func (g *player) needAdmission() {
	l := g.dial()
	if end := g.say(l); end != nil && isRefusal(end) {
		g.notApplicable("a fresh token is refused; see auth.token")
	}
	l.leave(wire.CloseNormal, "")
}

// requireLetIn is broken if the token is refused.
func (g *player) requireLetIn(token, what string) {
	g.needAdmission()
	l, err := g.dialWith("Bearer " + token)
	g.require(err == nil, "101 Switching Protocols", "%s: the dial failed: %v", what, err)
	end := g.say(l)
	g.require(end == nil || !isRefusal(end), "the session stays open", "%s: %v came", what, end)
}

func (g *player) needCredentials() {
	if g.GatewayID == "" {
		g.notApplicable("it needs the credentials of a gateway")
	}
}

// requireRefusal is broken unless the dial is refused in one of the ways of the protocol.
func (g *player) requireRefusal(authorization, what string) {
	const expected = "close 4401 or 4403, or HTTP 401 or 403 at the upgrade"
	g.dial().leave(wire.CloseNormal, "") // else a refusal would say nothing
	l, err := g.dialWith(authorization)
	if refusal, ok := err.(*refused); ok {
		g.require(refusal.status == http.StatusUnauthorized || refusal.status == http.StatusForbidden,
			expected, "%s got HTTP %d", what, refusal.status)
		return
	}
	g.require(err == nil, expected, "%s: the dial failed: %v", what, err)
	end := g.say(l)
	g.require(end != nil, expected, "%s was let in", what)
	g.require(isRefusal(end), expected, "%s: %v", what, end)
}

// say says hello and waits until the dial is let in, or has ended.
func (g *player) say(l *link) *ending {
	l.send(wire.AppendHello(nil, wire.Hello{Platform: g.Identities[0].Platform, BotID: g.Identities[0].BotID}))
	return g.awaitAdmission(l)
}

// awaitAdmission waits until the dial is let in, and returns nil, or until the link has ended.
func (g *player) awaitAdmission(l *link) *ending {
	g.await(l, answerTime, func(frame) bool { return true })
	return l.ended
}

func isRefusal(end *ending) bool {
	return end.code == wire.CloseUnauthorized || end.code == wire.CloseForbidden
}
