package pipe

import (
	"context"

	"hermod/actors"
	"hermod/cmd/hermod/internal/record"
	"hermod/wire"
)

// handlers write a record for whatever the connector sends. A delivery is handled when its record
// was written out and, with --manual-ack, a buffered one when it was acknowledged.
func (p *bridge) handlers() actors.Handlers {
	return actors.Handlers{
		Inbound: func(ctx context.Context, d *actors.Inbound) error {
			return p.deliver(ctx, d.Generation, d.BufferID, record.Inbound(record.Origin{}, d, p.subcommands...))
		},
		Passthrough: func(ctx context.Context, d *actors.Passthrough) error {
			return p.deliver(ctx, d.Generation, d.BufferID, record.Passthrough(record.Origin{}, d))
		},
		Interrupt: func(ctx context.Context, i wire.InterruptInbound) {
			_ = p.session.Put(ctx, record.Interrupt(record.Origin{}, i)) // nobody acknowledges it
		},
		DeadLetter: func(ctx context.Context, d *actors.DeadLetter) error {
			return p.session.Put(ctx, record.DeadLetter(record.Origin{}, d))
		},
	}
}

func (p *bridge) deliver(ctx context.Context, generation uint64, bufferID string, line []byte) error {
	if err := p.greeted.wait(ctx, generation); err != nil {
		return err
	}
	return p.session.Deliver(ctx, bufferID, line)
}
