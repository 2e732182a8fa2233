package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/downstream"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/connector"
	"hermod/wire"
)

// errNoGateway: the configuration in force does not name the bot's gateway, which a reload in between may bring about.
var errNoGateway = errors.New("the bot's gateway is not known here")

// relayed passes a bot's deliveries on to the gateway behind it.
type relayed struct {
	bot     string
	gateway *downstream.Gateway
	kept    *DeadLetters
	log     *slog.Logger
}

// ServeGateways has bots delivered to the gateways behind a server. It is called once at most, before any bot starts.
func (w *Ways) ServeGateways(s *downstream.Server) {
	w.gateways = s
	s.KeepAside(w.setAside)
}

// setAside keeps a dead letter of what a gateway could not take, although it was acknowledged to the connector.
func (w *Ways) setAside(ctx context.Context, bot string, p connector.Parcel, reason string) error {
	d := &actors.DeadLetter{Err: fmt.Errorf("%w: %s", connector.ErrRefused, reason)}
	line := wire.AppendPassthroughForward(nil, p.Object, "")
	if !p.Forward {
		line = wire.AppendInbound(nil, p.Object, "")
	}
	decoder := new(wire.Decoder)
	if forward, err := decoder.Passthrough(line); p.Forward && err == nil {
		d.Forward = &forward.Forward
	} else if in, err := decoder.Inbound(line); !p.Forward && err == nil {
		d.Event = in.Event
		d.SessionKey = wire.SessionKey(&in.Event.Source, wire.SessionKeyOptions{})
	} else {
		d.Raw = p.Object
	}
	return w.DeadLetters.keep(ctx, bot, d, time.Time{}, 0)
}

func (w *Ways) newRelayed(_ context.Context, t fleet.Target) (fleet.Deliverer, error) {
	gateway := w.gateways.Of(t.Bot.Name())
	if gateway == nil {
		return nil, errNoGateway
	}
	gateway.Attach(t.Bot, t.Report)
	r := &relayed{bot: t.Bot.Name(), gateway: gateway, kept: w.DeadLetters, log: t.Logger}
	r.kept.enlist(r.bot, r)
	return r, nil
}

// Inbound returns when the event is safe.
func (r *relayed) Inbound(ctx context.Context, d *actors.Inbound) error {
	err := r.gateway.Deliver(ctx, newParcel(d))
	if err == nil {
		d.Release()
		return nil
	}
	return r.giveUp(ctx, err, &actors.DeadLetter{Event: d.Event, SessionKey: d.SessionKey, BufferID: d.BufferID})
}

func newParcel(d *actors.Inbound) connector.Parcel {
	x := d.Event.Extras()
	return connector.Parcel{Object: d.Event.Raw(), Live: d.BufferID == "", Plain: len(x.Media) == 0 && len(x.MediaURLs) == 0}
}

// Passthrough returns when the forwarded request is safe.
func (r *relayed) Passthrough(ctx context.Context, d *actors.Passthrough) error {
	err := r.gateway.Deliver(ctx, connector.Parcel{Forward: true, Object: d.Forward.Raw(), Live: d.BufferID == ""})
	if err == nil {
		return nil
	}
	return r.giveUp(ctx, err, &actors.DeadLetter{Forward: d.Forward, BufferID: d.BufferID})
}

// giveUp keeps a dead letter of what no gateway takes. Everything else comes again.
func (r *relayed) giveUp(ctx context.Context, err error, d *actors.DeadLetter) error {
	if !downstream.IsRefusal(err) {
		return err
	}
	d.Err = err
	return r.DeadLetter(ctx, d)
}

// Interrupt tells a gateway that is there.
func (r *relayed) Interrupt(_ context.Context, i wire.InterruptInbound) {
	if err := r.gateway.Interrupt(i); err != nil {
		r.log.Debug("an interrupt did not reach the gateway", "session", i.SessionKey, "err", err)
	}
}

// DeadLetter keeps what could not be decoded, which gateways would choke on.
func (r *relayed) DeadLetter(ctx context.Context, d *actors.DeadLetter) error {
	return r.kept.keep(ctx, r.bot, d, time.Time{}, 0)
}

// Commands implements fleet.CommandTeller.
func (r *relayed) Commands() []wire.Command { return r.gateway.Commands() }

// Health implements fleet.HealthTeller.
func (r *relayed) Health() fleet.Health { return r.gateway.Health() }

// Close ends the reports. What is kept, and the gateway's session, stay for the bot's next start.
func (r *relayed) Close(context.Context) error {
	r.kept.dismiss(r.bot, r)
	r.gateway.Detach()
	return nil
}
