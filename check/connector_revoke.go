package check

import (
	"context"
	"net/http"

	"hermod/wire"
)

var revokeRules = []connectorRule{
	{Check{Name: "revoke.session", Section: closeCodes, Destructive: true,
		Rule: "the session of a gateway that is revoked is closed with 4401, and not as expired"}, checkRevokeSession},
	{Check{Name: "revoke.dial", Section: closeCodes, Destructive: true,
		Rule: "a gateway that was revoked is refused with 4401 or HTTP 401, and not as expired"}, checkRevokeDial},
	{Check{Name: "revoke.plane", Section: planeSection, Destructive: true,
		Rule: "the bearer of a gateway that was revoked is refused with 401 or 403"}, checkRevokePlane},
}

// whileRevoked revokes the gateway while look runs, which must not end the check: the gateway has to be restored.
func (g *player) whileRevoked(look func()) {
	g.needCredentials()
	if g.Revoke == nil {
		g.notApplicable("it needs a way to revoke the gateway, and to restore it")
	}
	g.noteSent("(revoked)")
	err := g.Revoke(g.ctx, true)
	if err == nil {
		look()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(g.ctx), answerTime)
	defer cancel()
	g.noteSent("(restored)")
	if restored := g.Revoke(ctx, false); restored != nil {
		g.notApplicable("restoring the gateway failed, restore it by hand: %v", restored)
	}
	if err != nil {
		g.notApplicable("revoking the gateway failed: %v", err)
	}
}

// expired is the reason of a refusal after which a gateway dials on for ever.
const expired = "expired"

func checkRevokeSession(g *player) {
	l := g.greet()
	var end *ending
	g.whileRevoked(func() { end = g.awaitEnd(l, answerTime) })
	g.require(end != nil && end.code == wire.CloseUnauthorized && end.reason != expired,
		"close 4401, and a reason that is not expired", "%v", end)
}

func checkRevokeDial(g *player) {
	g.greet().leave(wire.CloseNormal, "") // else a refusal would say nothing
	const expected = "close 4401 that is not expired, or HTTP 401 at the upgrade"
	var l *link
	var err error
	g.whileRevoked(func() {
		if l, err = g.dialWith(g.authorization()); err == nil {
			g.say(l)
		}
	})
	if refusal, ok := err.(*refused); ok {
		g.require(refusal.status == http.StatusUnauthorized, expected, "HTTP %d came", refusal.status)
		return
	}
	g.require(err == nil, expected, "the dial failed: %v", err)
	g.require(l.ended != nil, expected, "it was let in")
	g.require(l.ended.code == wire.CloseUnauthorized && l.ended.reason != expired, expected, "%v", l.ended)
}

func checkRevokePlane(g *player) {
	var asked answer
	var failed any
	g.whileRevoked(func() {
		defer func() { failed = recover() }()
		asked = g.call(http.MethodGet, wire.MediaPath+"/"+marker, g.authorization(), nil, 0)
	})
	if failed != nil {
		panic(failed)
	}
	if asked.status == http.StatusNotFound {
		g.needMedia()
	}
	g.requireRefused(asked, http.StatusUnauthorized, http.StatusForbidden)
}

// needMedia ends the check for a connector that has no files, where HTTP 404 says nothing.
func (g *player) needMedia() {
	if a := g.post(wire.MediaPath, g.authorization(), "a file of "+marker); a.status/100 != 2 {
		g.notApplicable("the connector takes no files (HTTP %d); see media.round-trip", a.status)
	}
}
