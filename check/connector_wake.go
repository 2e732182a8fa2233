package check

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"hermod/wire"
)

// The bounds of a wake: how long a cooldown may be, and how long one more call for the same backlog is waited for.
const cooldownTime, wakeOnceTime = 2 * time.Minute, 500 * time.Millisecond

// maxCalls bounds the wake calls that no check has taken; further ones are answered only.
const maxCalls = 64

var wakeRules = []connectorRule{
	{Check{Name: "wake.call", Section: planeSection, Destructive: true, limit: 4 * time.Minute,
		Rule: "the wake URL is called when something waits for a gateway that is away"}, checkWakeCall},
	{Check{Name: "wake.plain", Section: planeSection, Destructive: true,
		Rule: "a wake is a GET without a body and a token, or a POST that the delivery key signed"}, checkWakePlain},
	{Check{Name: "wake.once", Section: planeSection, Destructive: true,
		Rule: "several deliveries that wait are one call, until the cooldown is over"}, checkWakeOnce},
	{Check{Name: "wake.repeat", Section: planeSection, Destructive: true, Slow: true, limit: 6 * time.Minute,
		Rule: "a call that was lost is repeated after the cooldown, while something waits"}, checkWakeRepeat},
}

// wakeCall is a request for the wake URL.
type wakeCall struct {
	method, authorization, timestamp, signature string
	body                                        []byte
}

// wakeServer is the gateway's wake URL. It answers as if every call were lost.
type wakeServer struct {
	http   http.Server
	served sync.WaitGroup
	calls  chan wakeCall
}

func startWakeServer(listener net.Listener) *wakeServer {
	s := &wakeServer{calls: make(chan wakeCall, maxCalls)}
	s.http = http.Server{Handler: http.HandlerFunc(s.take), ReadTimeout: upgradeTime, MaxHeaderBytes: 16 << 10}
	s.served.Go(func() { _ = s.http.Serve(listener) })
	return s
}

func (s *wakeServer) take(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, wire.MaxBody))
	call := wakeCall{r.Method, r.Header.Get("Authorization"), r.Header.Get(wire.DeliveryTimestampHeader),
		r.Header.Get(wire.DeliverySignatureHeader), body}
	select {
	case s.calls <- call:
	default:
	}
	w.WriteHeader(http.StatusServiceUnavailable)
}

func (s *wakeServer) close() {
	_ = s.http.Close()
	s.served.Wait()
}

// sendAway registers the wake URL, and leaves n events behind for a gateway that is gone.
func (g *player) sendAway(n int) {
	g.needCredentials()
	if g.Wake == nil || g.Inject == nil {
		g.notApplicable("it needs a wake URL that the connector reaches (--wake-listen), and a way to make it deliver")
	}
	if g.wake == nil {
		g.wake = startWakeServer(g.Wake)
	}
	registration := g.registration()
	registration.WakeURL = g.WakeURL
	a := g.provision(registration)
	if a.status/100 != 2 {
		g.notApplicable("the connector does not register this wake URL (HTTP %d); see plane.provision", a.status)
	}
	if issue, err := wire.DecodeIssue(a.body); err == nil {
		g.deliveryKey = issue.DeliveryKey
	}
	l := g.greet()
	g.alive(l) // nothing is left over for it
	l.leave(wire.CloseNormal, "")
	for len(g.wake.calls) > 0 {
		<-g.wake.calls
	}
	for range n {
		g.inject()
	}
}

// comeBack takes what waits, and registers no wake URL, so that nothing calls any more.
func (g *player) comeBack() {
	g.provision(g.registration())
	l := g.greet()
	g.alive(l)
	l.leave(wire.CloseNormal, "")
}

// called waits for a call.
func (g *player) called(d time.Duration) (wakeCall, bool) {
	select {
	case call := <-g.wake.calls:
		g.noteCame(fmt.Sprintf("%s of the wake URL (%d bytes)", call.method, len(call.body)))
		return call, true
	case <-time.After(d):
	case <-g.ctx.Done():
	}
	return wakeCall{}, false
}

func checkWakeCall(g *player) {
	g.sendAway(3)
	call, ok := g.called(cooldownTime)
	for more := ok; more; call, more = g.called(wakeOnceTime) {
		g.calls = append(g.calls, call)
	}
	g.comeBack()
	g.require(ok, "a call of the wake URL", "none came within %v", cooldownTime)
}

// needCalls ends the check unless wake.call saw a call.
func (g *player) needCalls() {
	if len(g.calls) == 0 {
		g.notApplicable("the wake URL was not called; see wake.call")
	}
}

func checkWakePlain(g *player) {
	g.needCalls()
	call := g.calls[0]
	const expected = "GET without a body and without a token, or a signed POST"
	g.require(call.authorization == "", expected, "it has an Authorization")
	switch call.method {
	case http.MethodGet:
		g.require(len(call.body) == 0 && call.signature == "", expected, "a GET with a body or a signature came")
	case http.MethodPost:
		g.require(call.signature != "" && call.timestamp != "", expected, "a POST without a signature came")
		if g.deliveryKey != "" {
			err := wire.VerifyDelivery(call.body, call.timestamp, call.signature, []wire.Secret{g.deliveryKey}, time.Now(), 0)
			g.require(err == nil, expected, "a POST came that the delivery key did not sign: %v", err)
		}
	default:
		g.broken(expected, "a %s came", call.method)
	}
}

func checkWakeOnce(g *player) {
	g.needCalls()
	g.require(len(g.calls) == 1, "one call for three deliveries", "%d came within %v", len(g.calls), wakeOnceTime)
}

func checkWakeRepeat(g *player) {
	g.sendAway(1)
	_, once := g.called(cooldownTime)
	_, again := g.called(cooldownTime)
	g.comeBack()
	if !once {
		g.notApplicable("the wake URL was not called; see wake.call")
	}
	g.require(again, "another call, since the first was answered with HTTP 503", "none came within %v", cooldownTime)
}
