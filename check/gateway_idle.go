package check

import "hermod/wire"

var gatewayIdleRules = []gatewayRule{
	{Check{Name: "idle.serves", Section: deliveriesSection,
		Rule: "a gateway that goes idle serves deliveries until going_idle_ack, and dials again if it leaves then"}, checkIdleServes},
}

func checkIdleServes(h *host) {
	if h.Sleep == nil {
		h.notApplicable("it needs a way to have the gateway go idle (--sleep)")
	}
	a := h.acking()
	a.withholdIdle.Store(true)
	slept := make(chan error, 1)
	go func() { slept <- h.Sleep(h.ctx) }()
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
