package check

import (
	"time"

	"hermod/wire"
)

var refusalRules = []gatewayRule{
	{Check{Name: "refusal.expired", Section: closeCodes, Destructive: true,
		Rule: "after 4401 expired the gateway dials again"}, checkRefusalExpired},
	{Check{Name: "refusal.unauthorized", Section: closeCodes, Destructive: true,
		Rule: "after 4401 unauthorized the gateway dials at most once at once"}, checkRefusalUnauthorized},
}

var stopRules = []gatewayRule{
	{Check{Name: "close.normal", Section: closeCodes, Destructive: true,
		Rule: "a gateway that is stopped closes with 1000"}, checkStop},
}

func checkStop(h *host) {
	if h.Stop == nil {
		h.notApplicable("it needs a way to stop the gateway (--stop)")
	}
	a := h.session()
	stopped := make(chan error, 1)
	go func() { stopped <- h.Stop(h.ctx) }()
	end := h.awaitEnd(a.link, handleTime)
	if err := <-stopped; err != nil {
		h.notApplicable("stopping the gateway failed: %v", err)
	}
	h.require(end != nil && end.code == wire.CloseNormal, "close 1000", "%v", end)
}

func checkRefusalExpired(h *host) {
	a := h.session()
	a.leave(wire.CloseUnauthorized, "expired")
	h.requireDial()
}

func checkRefusalUnauthorized(h *host) {
	const atOnce, span = 400 * time.Millisecond, 4 * time.Second
	a := h.session()
	a.leave(wire.CloseUnauthorized, "unauthorized")
	hasty, refused := 0, time.Now()
	for over := refused.Add(span); time.Now().Before(over); {
		a, ok := h.next(time.Until(over))
		if !ok {
			break
		}
		if a.at.Sub(refused) < atOnce {
			hasty++
		}
		a.leave(wire.CloseUnauthorized, "unauthorized")
		refused = time.Now()
	}
	h.require(hasty <= 1, "one dial at once at most, then none or with delays", "%d dials came at once", hasty)
}
