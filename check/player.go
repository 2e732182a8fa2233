package check

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
)

// marker is part of everything that the checks make a peer carry, so that it is told apart from what is not theirs.
const marker = "hermod-check"

// fenceOp is an op that no connector has: an outbound with it has an answer and no effect.
const fenceOp = "hermod_check"

// player plays a gateway for one check.
type player struct {
	*probe
	*ConnectorTarget
	// keep leaves deliveries of ours unacknowledged. The reader asks.
	keep atomic.Bool
	// shown are headers of the dials, beside the token.
	shown http.Header
	// memory outlives the check.
	*memory
}

// memory is what one check of a run leaves for those behind it.
type memory struct {
	enrolled wire.Credentials
	wake     *wakeServer
	calls    []wakeCall
	// deliveryKey is that of the gateway, "" where the connector does not tell it.
	deliveryKey wire.Secret
}

// authorization is the header of a dial with a fresh token, "" without credentials.
func (g *player) authorization() string {
	if g.GatewayID == "" {
		return ""
	}
	return "Bearer " + wire.MintToken(g.GatewayID, g.Secret, wire.TokenTTL, time.Now())
}

// refused is a dial that HTTP refused.
type refused struct{ status int }

func (r *refused) Error() string {
	return fmt.Sprintf("the upgrade was refused with HTTP %d", r.status)
}

// dialWith upgrades with an Authorization header, or without one if it is empty.
func (g *player) dialWith(authorization string) (*link, error) {
	dialer := ws.Dialer{NetDial: g.Dial, TLSConfig: g.TLS, Timeout: answerTime}
	header := g.shown.Clone()
	if header == nil {
		header = http.Header{}
	}
	if authorization != "" {
		header.Set("Authorization", authorization)
	}
	dialer.Header = ws.HandshakeHeaderHTTP(header)
	conn, br, _, err := dialer.Dial(g.ctx, g.URL)
	g.noteSent("GET " + pathOf(g.URL) + " (upgrade)")
	if err != nil {
		var status ws.StatusError
		if errors.As(err, &status) {
			err = &refused{int(status)}
		}
		g.noteCame(err.Error())
		return nil, err
	}
	g.noteCame("101 Switching Protocols")
	l := newLink(conn, br, true, g.transcript)
	l.largest = wire.AbilitiesOf(header.Get).MaxMessage
	l.respond = func(f frame) {
		if id := f.bufferID(); id != "" && !g.keep.Load() && strings.Contains(string(f.line), marker) &&
			(f.kind == "inbound" || f.kind == "passthrough_forward") {
			l.send(wire.AppendInboundAck(nil, id))
		}
	}
	l.start()
	g.closes = append(g.closes, func() {
		if l.ended == nil {
			l.leave(wire.CloseNormal, "")
		} else {
			l.hangUp()
		}
	})
	return l, nil
}

func pathOf(dialURL string) string {
	_, rest, _ := strings.Cut(dialURL, "://")
	if at := strings.IndexByte(rest, '/'); at >= 0 {
		return rest[at:]
	}
	return "/"
}

// dial opens a link with valid credentials.
func (g *player) dial() *link {
	l, err := g.dialWith(g.authorization())
	if err != nil {
		g.notApplicable("no link: %v; see dial.upgrade", err)
	}
	return l
}

// hello says hello for one identity and waits for its descriptor.
func (g *player) hello(l *link, id wire.Identity) (frame, bool) {
	l.send(wire.AppendHello(nil, wire.Hello{Platform: id.Platform, BotID: id.BotID}))
	return g.await(l, answerTime, ofKind("descriptor"))
}

// handoverTime is how long a check waits until a connector lets go of the session of the check before.
const handoverTime = 35 * time.Second

// introduce opens a link and says hello. A connector that has not let go of the last session yet is asked again.
func (g *player) introduce() (l *link, descriptor frame, ok bool) {
	for start := time.Now(); ; {
		l = g.dial()
		descriptor, ok = g.hello(l, g.Identities[0])
		busy := l.ended != nil && (isReplacement(l.ended) || l.ended.code == wire.CloseTryLater)
		if ok || !busy || time.Since(start) > handoverTime || !g.wait(time.Second) {
			return l, descriptor, ok
		}
	}
}

// greet opens a link that has its descriptor.
func (g *player) greet() *link {
	l, _, ok := g.introduce()
	if !ok {
		g.notApplicable("no descriptor came: %v; see hello.descriptor", l.ended)
	}
	return l
}

// alive reports whether a connector still answers. Two requests ask, so that one that is not answered for a fault of
// its own does not count as the end.
func (g *player) alive(l *link) bool {
	id := g.fence(l)
	l.send(wire.AppendHello(nil, wire.Hello{Platform: g.Identities[0].Platform, BotID: g.Identities[0].BotID}))
	_, ok := g.await(l, answerTime, func(f frame) bool { return f.kind == "descriptor" || f.is("requestId", id) })
	return ok
}

// requireAlive is broken if the link does not answer any more.
func (g *player) requireAlive(l *link, after string) {
	g.require(g.alive(l), "the connection lives on and requests are answered", "after %s: %v, and no answer came", after, l.ended)
}

// fence sends a request that has no effect and returns its id.
func (g *player) fence(l *link) string {
	id := wire.NewRequestID()
	l.send(wire.AppendOutbound(nil, id, wire.NewAction(fenceOp), "", ""))
	return id
}

// ask sends an action and waits for its result.
func (g *player) ask(l *link, a wire.Action) (frame, bool) {
	id := wire.NewRequestID()
	l.send(wire.AppendOutbound(nil, id, a, "", ""))
	return g.resultOf(l, id)
}

// resultOf waits for the outbound_result of a request.
func (g *player) resultOf(l *link, id string) (frame, bool) {
	return g.await(l, answerTime, func(f frame) bool { return f.kind == "outbound_result" && f.is("requestId", id) })
}
