package messages

import "hermod/wire"

// ToInbox is what the inbox understands.
type ToInbox interface{ toInbox() }

// DeliveriesRead brings inbound and passthrough_forward frames, in order.
type DeliveriesRead struct {
	forInbox
	Generation uint64
	Frames     *Frames
}

// DeliveriesDecoded says that a decoder has decoded a batch, which is the inbox's own.
type DeliveriesDecoded struct {
	forInbox
	Batch any
}

// DecoderEnded says that a decoder found nothing more to decode.
type DecoderEnded struct{ forInbox }

// InterruptRead brings an interrupt, which overtakes deliveries.
type InterruptRead struct {
	forInbox
	Interrupt wire.InterruptInbound
}

// ReaderParked says that a reader stopped reading because too much is queued. The inbox sends to Resume, which has room
// for one value, when half of it is settled.
type ReaderParked struct {
	forInbox
	Generation uint64
	Resume     chan<- struct{}
}

// DrainInbox answers Drained when no delivery is queued or being handled; new ones are left to be replayed.
type DrainInbox struct{ forInbox }

// CancelHandlers ends the handlers' context; the inbox answers Drained when the last one has returned.
type CancelHandlers struct{ forInbox }

// RunEnded says how a handler run ended: the first Handled deliveries of it succeeded, then Err stopped it.
type RunEnded struct {
	forInbox
	Lane    string
	Handled int
	Err     error
}

// DeadLetterEnded says whether the dead-letter handler took the delivery at the head of the lane.
type DeadLetterEnded struct {
	forInbox
	Lane string
	Err  error
}

// InterruptEnded says that the interrupt handler returned.
type InterruptEnded struct {
	forInbox
	Interrupt wire.InterruptInbound
}

// RetryDue ends a lane's wait between two tries.
type RetryDue struct {
	forInbox
	Lane string
}

type forInbox struct{ quiet }

func (forInbox) toInbox() {}
