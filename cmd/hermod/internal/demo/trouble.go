package demo

import (
	"context"
	"time"

	"hermod/actors"
	"hermod/wire"
)

// putToSleep has a bot ask the connector to buffer, then leave. Without the hold it would dial again by itself.
func putToSleep(bot string) func(context.Context, *demo) error {
	return func(ctx context.Context, d *demo) error {
		relay := d.gateway.relay(bot)
		if _, err := relay.Handshake(ctx); err != nil {
			return nil // the demo ends early
		}
		relay.HoldRedial()
		if relay.GoDormant(ctx, closeTime) {
			d.story.tell("%s: sleeps; the connector buffers its traffic", bot)
		} else {
			relay.ReleaseRedial()
			d.story.tell("%s: stays awake, because the connector did not agree", bot)
		}
		return nil
	}
}

// wakeUp has a sleeping bot dial, and waits until it has made up for what it missed.
func wakeUp(bot string) func(context.Context, *demo) error {
	return func(ctx context.Context, d *demo) error {
		backlog, missed, woken := d.connector.buffered(bot), d.ledger.tally(bot).injected, time.Now()
		d.gateway.relay(bot).Wake()
		d.story.tell("%s: woken up; %d deliveries wait for it", bot, backlog)
		if waitUntil(ctx, func() bool { return d.ledger.tally(bot).handled >= missed }) {
			d.story.tell("%s: drained its backlog in %s", bot, seconds(time.Since(woken)))
		}
		return nil
	}
}

// restartConnector closes the connector and starts it again on the same address and buffer.
func restartConnector(ctx context.Context, d *demo) error {
	before := make(map[*actors.Relay]uint64)
	for _, relay := range d.gateway.relays {
		if status := relay.Status(); status.State != actors.Dormant && !status.State.Final() {
			before[relay] = status.Generation
		}
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	if err := d.connector.stop(closing); err != nil {
		return err
	}
	d.story.tell("connector stopped: %d links end with 1001, the bots redial", len(before))
	pause(ctx, d.plan.down)
	if err := d.connector.start(); err != nil {
		return err
	}
	started := time.Now()
	d.story.tell("connector restarted with %d deliveries in its buffer", d.connector.buffered(""))
	for relay, generation := range before {
		await(ctx, relay, func(s actors.Status) bool { return s.State == actors.Ready && s.Generation > generation })
	}
	d.story.tell("%d bots are back, %s after the restart", len(before), seconds(time.Since(started)))
	return nil
}

// revoke takes a bot's credential away, once everything that was injected for it is handled: what comes later stays
// with the connector, and the account could not balance.
func revoke(bot string) func(context.Context, *demo) error {
	return func(ctx context.Context, d *demo) error {
		d.traffic.stop(bot)
		if !waitUntil(ctx, func() bool { return d.connector.buffered(bot) == 0 }) {
			return nil
		}
		relay := d.gateway.relay(bot)
		d.story.tell("%s: its traffic ends, and its credential is revoked; a %s relay is disabled", bot, strategy)
		if err := d.connector.get().Revoke(bot); err != nil {
			return err
		}
		if _, ok := await(ctx, relay, func(s actors.Status) bool { return s.State.Final() }); !ok {
			return nil
		}
		d.ledger.send()
		_, err := relay.Send(ctx, wire.NewSend("anyone", "are we still connected?"))
		d.story.tell("%s: a send fails at once: %v", bot, err)
		return nil
	}
}
