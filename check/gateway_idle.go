package check

import (
	"time"

	"hermod/wire"
)

var gatewayIdleRules = []gatewayRule{
	{Check{Name: "idle.serves", Section: deliveriesSection,
		Rule: "a gateway that goes idle serves deliveries until going_idle_ack, and dials again if it leaves then"}, checkIdleServes},
	{Check{Name: "idle.unanswered", Section: deliveriesSection, Slow: true,
		Rule: "a gateway whose going_idle is not answered stays connected and serves on"}, checkIdleUnanswered},
}

// goIdle has the gateway go idle, and leaves that without an answer.
func (h *host) goIdle() (a *arrival, slept chan error) {
	if h.Sleep == nil {
		h.notApplicable("it needs a way to have the gateway go idle (--sleep)")
	}
	a = h.acking()
	a.withholdIdle.Store(true)
	slept = make(chan error, 1)
	go func() { slept <- h.Sleep(h.ctx) }()
	return a, slept
}

func checkIdleUnanswered(h *host) {
	const patience = 15 * time.Second // gateways wait for 10 s
	a, slept := h.goIdle()
	_, idle := h.await(a.link, answerTime, ofKind("going_idle"))
	if idle {
		h.awaitEnd(a.link, patience)
	}
	a.withholdIdle.Store(false)
	served := idle && h.acked(a)
	<-slept
	if !idle {
		h.notApplicable("no going_idle came; see idle.serves")
	}
	h.require(served, "an event is acknowledged after the gateway gave up waiting", "it was not; %v", a.ended)
}

func checkIdleServes(h *host) {
	a, slept := h.goIdle()
	_, idle := h.await(a.link, answerTime, ofKind("going_idle"))
	served := idle && h.acked(a)
	a.withholdIdle.Store(false)
	a.send(wire.AppendGoingIdleAck(nil))
	err := <-slept
	switch {
	case !idle && err != nil:
		h.notApplicable("the gateway could not be put to sleep: %v", err)
	case !idle:
		h.notApplicable("no going_idle came")
	}
	h.require(served, "an event before going_idle_ack is acknowledged", "it was not; %v", a.ended)
	if h.awaitEnd(a.link, answerTime) != nil {
		h.requireDial()
	}
}
