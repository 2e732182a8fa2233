package demo

import (
	"context"
	"time"

	"hermod/actors"
)

// plan says who takes part and what happens when.
type plan struct {
	bots     []bot
	every    time.Duration // between two events of a bot
	trouble  []trouble     // in order
	length   time.Duration // of the traffic
	down     time.Duration // how long a restart takes
	patience time.Duration // how long everything may take to settle
	hold     bool          // no end but ctx's
}

// trouble is something that goes wrong, and is over when do returns. An error of do ends the demo.
type trouble struct {
	at time.Duration
	do func(ctx context.Context, d *demo) error
}

func standardPlan() plan {
	return plan{
		bots: []bot{
			{name: "discord-main", platform: "discord"},
			{name: "telegram-help", platform: "telegram"},
			{name: "slack-ops", platform: "slack"},
			{name: "whatsapp-shop", platform: "whatsapp"},
			{name: "signal-home", platform: "signal"},
		},
		every: 80 * time.Millisecond,
		trouble: []trouble{
			{2000 * time.Millisecond, cutSocket("discord-main")},
			{4000 * time.Millisecond, deliverUndecodable("signal-home")},
			{5500 * time.Millisecond, deliverRefused("telegram-help")},
			{7500 * time.Millisecond, putToSleep("slack-ops")},
			{9500 * time.Millisecond, restartConnector},
			{12000 * time.Millisecond, wakeUp("slack-ops")},
			{14500 * time.Millisecond, revoke("whatsapp-shop")},
		},
		length: 18 * time.Second, down: time.Second, patience: 6 * time.Second,
	}
}

// play makes the trouble when its time has come, and returns when the traffic's time is over.
func (p plan) play(ctx context.Context, d *demo) error {
	for _, t := range p.trouble {
		if !pause(ctx, time.Until(d.began.Add(t.at))) {
			return nil
		}
		if err := t.do(ctx, d); err != nil {
			return err
		}
	}
	if p.hold {
		return d.carryOn(ctx)
	}
	pause(ctx, time.Until(d.began.Add(p.length)))
	return nil
}

// carryOn cuts a socket now and then, until ctx ends.
func (d *demo) carryOn(ctx context.Context) error {
	d.story.tell("the script is over; traffic continues until Ctrl-C")
	for i := 0; pause(ctx, 20*time.Second); i++ {
		if err := cutSocket(d.bots[i%len(d.bots)].name)(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// cutSocket drops a bot's connection between two bytes of a frame.
func cutSocket(bot string) func(context.Context, *demo) error {
	return func(ctx context.Context, d *demo) error {
		relay := d.gateway.relay(bot)
		if _, err := relay.Handshake(ctx); err != nil {
			return nil // revoked, or the demo ends early
		}
		before, cut := relay.Status(), time.Now()
		if err := d.connector.get().Cut(bot); err != nil {
			return nil // it has just lost its link by itself
		}
		d.story.tell("%s: socket cut in the middle of a frame", bot)
		after, ok := await(ctx, relay, func(s actors.Status) bool {
			return s.State == actors.Ready && s.Generation > before.Generation
		})
		if ok {
			d.story.tell("%s: back after %s, link %d", bot, seconds(time.Since(cut)), after.Generation)
		}
		return nil
	}
}

// deliverUndecodable delivers something that is not an event: the frame fails, the link does not.
func deliverUndecodable(bot string) func(context.Context, *demo) error {
	return func(ctx context.Context, d *demo) error {
		d.story.tell("%s: gets a delivery that cannot be decoded", bot)
		d.traffic.inject(ctx, bot, recording{}.with("source", "not an object"))
		return nil
	}
}

// deliverRefused delivers a message that its handler fails on, however often it is tried.
func deliverRefused(bot string) func(context.Context, *demo) error {
	return func(ctx context.Context, d *demo) error {
		d.story.tell("%s: gets a message that its handler can never handle", bot)
		d.traffic.inject(ctx, bot, d.traffic.recordings[d.platform(bot)][0].with("text", refusedText))
		return nil
	}
}

// seconds rounds a duration for people.
func seconds(d time.Duration) string { return d.Round(10 * time.Millisecond).String() }

// await returns a relay's first status that fits; false means that ctx or the relay ended first.
func await(ctx context.Context, relay *actors.Relay, fits func(actors.Status) bool) (actors.Status, bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for status := range relay.Watch(ctx) {
		if fits(status) {
			return status, true
		}
	}
	return actors.Status{}, false
}
