package check

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"hermod/wire"
)

const fromGateway = "From gateway to connector"

var dialRules = []gatewayRule{
	{Check{Name: "dial.arrives", Section: dialling, Rule: "the gateway dials"}, checkArrives},
	{Check{Name: "dial.one", Section: sessionsSection,
		Rule: "while a connection is open the gateway does not dial a second one"}, checkOneDial},
	{Check{Name: "dial.path", Section: dialling, Rule: "the path of the dial ends in /relay"}, checkPath},
	{Check{Name: "auth.token", Section: dialling,
		Rule: "the dial bears a token of the gateway's id, signed with its secret"}, checkGatewayToken},
	{Check{Name: "auth.expiry", Section: dialling, Rule: "the token expires 300 s after the dial"}, checkExpiry},
	{Check{Name: "auth.form", Section: dialling,
		Rule: "the token is base64url without padding, and its signature lower-case hex"}, checkTokenForm},
}

var gatewayHelloRules = []gatewayRule{
	{Check{Name: "hello.first", Section: fromGateway,
		Rule: "the first frame is a hello, right after the socket opened"}, checkHelloFirst},
	{Check{Name: "hello.fields", Section: fromGateway,
		Rule: "a hello has a platform and a botId, both strings, and a manifest on discord only"}, checkHelloFields},
	{Check{Name: "hello.manifest", Section: fromGateway,
		Rule: "a command_manifest, on discord only, is a list of commands with a name and a description"}, checkManifest},
	{Check{Name: "hello.later", Section: "Descriptor",
		Rule: "after a good descriptor one that is none is ignored"}, outlives(laterDescriptors)},
}

func checkArrives(h *host) {
	if h.current != nil {
		return
	}
	_, ok := h.next(h.Wait)
	h.missed = !ok
	if why := h.failed.Load(); !ok && why != nil {
		h.broken("a WebSocket upgrade", "no dial came within %v that could be upgraded; the last one: %s", h.Wait, *why)
	}
	h.require(ok, "a WebSocket upgrade", "no dial came within %v", h.Wait)
	h.greet(h.current)
}

// checkOneDial hangs up on further dials, so that checks behind it see none.
func checkOneDial(h *host) {
	a := h.dialled()
	h.settle(a.link, 400*time.Millisecond)
	second := 0
	for len(h.arrivals) > 0 {
		further := <-h.arrivals
		further.hangUp()
		second++
	}
	h.require(second == 0 || a.ended != nil, "one connection", "%d more dials came while it is open", second)
}

func checkPath(h *host) {
	a := h.dialled()
	path, _, _ := strings.Cut(a.path, "?")
	h.require(strings.HasSuffix(path, "/relay"), "a path that ends in /relay", "it is %q", path)
}

// token returns the token of a dial, which must be one.
func (h *host) token(a *arrival) string {
	if h.GatewayID == "" {
		h.notApplicable("it needs the credentials of the gateway")
	}
	scheme, token, _ := strings.Cut(a.authorization, " ")
	h.require(strings.EqualFold(scheme, "Bearer") && token != "", "Authorization: Bearer and a token",
		"the Authorization header has %d characters and is none", len(a.authorization))
	return token
}

func checkGatewayToken(h *host) {
	a := h.dialled()
	id, err := wire.VerifyToken(h.token(a), []wire.Secret{h.Secret}, time.Unix(0, 0))
	h.require(err == nil, "a token that the secret signed", "%v", err)
	h.require(id == h.GatewayID, "the id "+h.GatewayID, "it names %q", id)
}

func checkTokenForm(h *host) {
	token := h.token(h.dialled())
	raw, err := base64.RawURLEncoding.DecodeString(token)
	h.require(err == nil, "base64url without padding", "it is in another form")
	sig := string(raw[strings.LastIndexByte(string(raw), ':')+1:])
	h.require(len(sig) == 64 && strings.Trim(sig, "0123456789abcdef") == "", "64 lower-case hex digits behind the last colon",
		"the signature is in another form")
}

func checkExpiry(h *host) {
	const skew = 60
	a := h.dialled()
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(h.token(a), "="))
	parts := strings.Split(string(raw), ":")
	if err != nil || len(parts) < 3 {
		h.notApplicable("the token can't be read; see auth.token")
	}
	expiry, err := strconv.ParseInt(parts[len(parts)-2], 10, 64)
	if err != nil {
		h.notApplicable("the token can't be read; see auth.token")
	}
	ttl, want := expiry-a.at.Unix(), int64(wire.TokenTTL/time.Second)
	h.require(ttl >= want-skew && ttl <= want+skew, "300 s, give or take a minute for the clocks",
		"it expires %d s after the dial", ttl)
}

func checkHelloFirst(h *host) {
	a := h.dialled()
	h.require(a.hello.kind == "hello", "a hello", "none came; %v", a.ended)
	h.require(a.first.kind == "hello", "a hello as the first frame", "it is of type %q", a.first.kind)
}

func checkHelloFields(h *host) {
	a := h.session()
	platform, ok := a.hello.text("platform")
	h.require(ok && platform != "", "platform, a string", "it is %s", shown(a.hello.members["platform"]))
	_, ok = a.hello.text("botId")
	h.require(ok, `botId, a string that may be ""`, "it is %s", shown(a.hello.members["botId"]))
	h.require(platform == "discord" || !a.hello.has("command_manifest"), "no command_manifest for "+platform, "there is one")
}
