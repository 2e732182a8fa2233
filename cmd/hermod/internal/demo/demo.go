package demo

import (
	"context"
	"errors"
	"time"

	"hermod/wire"
)

// bot is one bot of the demo. Its name is also its gateway id at the connector.
type bot struct {
	name, platform string
	secret         wire.Secret
}

// demo is one run: a connector, a gateway with a relay per bot, traffic between them, and what is said and counted.
type demo struct {
	plan      plan
	bots      []bot
	began     time.Time
	story     *story
	ledger    *ledger
	connector *server
	gateway   *gateway
	traffic   *traffic
}

// newDemo starts the connector and the gateway. What it returns must run, which also ends it.
func newDemo(plan plan) (*demo, error) {
	d := &demo{plan: plan, began: time.Now(), story: &story{}, ledger: newLedger()}
	recordings, err := loadRecordings()
	if err != nil {
		return nil, err
	}
	for _, bot := range plan.bots {
		bot.secret = freshSecret()
		d.bots = append(d.bots, bot)
	}
	if d.connector, err = startServer(d.bots); err != nil {
		return nil, err
	}
	if d.gateway, err = startGateway(d.connector.url(), d.bots, d.ledger, d.story); err != nil {
		return nil, errors.Join(err, d.connector.close(context.Background()))
	}
	d.traffic = &traffic{recordings: recordings, every: plan.every, connector: d.connector, ledger: d.ledger}
	return d, nil
}

// platform is the one that a bot lives on.
func (d *demo) platform(bot string) string {
	for _, b := range d.bots {
		if b.name == bot {
			return b.platform
		}
	}
	return ""
}

// run plays traffic and trouble, waits until everything is settled, and returns an error if the account does not
// balance. Cancelling ctx ends it early, in an orderly way.
func (d *demo) run(ctx context.Context, view view) error {
	hidden := d.show(view)
	d.story.tell("%d bots dial the connector at %s", len(d.bots), d.connector.url())
	for _, bot := range d.bots {
		d.traffic.start(bot)
	}
	troubleErr := d.plan.play(ctx, d)
	d.traffic.stopAll()
	d.story.tell("traffic stopped; waiting for the rest to settle")
	d.settle()

	last := d.snapshot() // before the relays close, as they always do
	account, closeErr := d.close()
	last.account = &account
	hidden()
	view.end(last)
	return errors.Join(troubleErr, closeErr, account.check())
}

// settle waits, for a while, until every event met its fate and the connector knows it.
func (d *demo) settle() {
	ctx, cancel := context.WithTimeout(context.Background(), d.plan.patience)
	defer cancel()
	for _, relay := range d.gateway.relays {
		relay.Wake() // an early end may find one asleep
	}
	waitUntil(ctx, func() bool { return d.ledger.settled() && d.connector.buffered("") == 0 })
}

// closeTime bounds the orderly end.
const closeTime = 10 * time.Second

// close ends the gateway, then the connector, and draws up the account.
func (d *demo) close() (account, error) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	err := d.gateway.engine.Close(ctx)
	account := d.ledger.account()
	account.buffered = d.connector.buffered("")
	for _, relay := range d.gateway.relays {
		counters := relay.Status().Counters
		account.resolved += int(counters.Resolved)
		account.copies += int(counters.Duplicates)
	}
	return account, errors.Join(err, d.connector.close(ctx))
}

// pause waits; false means that ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// waitUntil waits for a condition; false means that ctx ended first.
func waitUntil(ctx context.Context, met func() bool) bool {
	for !met() {
		if !pause(ctx, 20*time.Millisecond) {
			return false
		}
	}
	return true
}
