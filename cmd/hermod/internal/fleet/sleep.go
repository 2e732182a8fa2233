package fleet

import (
	"context"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
)

// napRenewal is how often a sleeping relay is told not to dial; a hold lasts 60 s.
const napRenewal = 30 * time.Second

// nap is a run's sleep, from the moment when somebody asks for it. The relay alone would dial again after a while, so
// the bot holds its dials and renews that for as long as it sleeps.
type nap struct {
	callers []chan<- slept // who waits for the relay to go dormant; nil when it is settled
	woken   bool           // somebody woke the bot while they waited
	renewal *time.Timer    // nil before the relay sleeps
}

// sleep asks the relay to go dormant. Whoever asks while that is under way shares the answer.
func (b *botActor) sleep(ctx actor.Context, reply chan<- slept) {
	switch {
	case !b.serving():
		reply <- slept{err: ErrNotRunning}
	case b.status.Asleep:
		reply <- slept{asleep: true}
	case b.run.nap != nil:
		b.run.nap.callers = append(b.run.nap.callers, reply)
	default:
		b.run.nap = &nap{callers: []chan<- slept{reply}}
		b.run.relay.Tell(&messages.HoldRedial{})
		go func(r *run, bot *Bot, turn uint64) {
			bot.tell(&dozed{turn: turn, asleep: r.relay.GoDormant(context.Background(), 0)})
		}(b.run, b.bot, b.turn)
	}
}

// dozed settles an attempt to sleep. The relay's own status came before: one that is not dormant has woken since.
func (b *botActor) dozed(ctx actor.Context, m *dozed) {
	if !b.current(m.turn) || !b.serving() || b.run.nap == nil {
		return
	}
	n := b.run.nap
	if !m.asleep || n.woken || b.status.State != messages.Dormant {
		b.run.endNap()
		if m.asleep {
			b.run.relay.Tell(&messages.Wake{})
		} else {
			b.run.relay.Tell(&messages.ReleaseRedial{})
		}
		return
	}
	n.renewal = b.after(napRenewal, &napDue{turn: b.turn})
	s := *b.status
	s.Asleep = true
	b.publish(s)
	n.answer(slept{asleep: true})
}

func (n *nap) answer(s slept) {
	for _, reply := range n.callers {
		reply <- s
	}
	n.callers = nil
}

// endNap forgets a sleep; those who still wait for it hear that there is none.
func (r *run) endNap() {
	if r.nap == nil {
		return
	}
	r.nap.answer(slept{})
	if r.nap.renewal != nil {
		r.nap.renewal.Stop()
	}
	r.nap = nil
}

func (b *botActor) napDue(ctx actor.Context, turn uint64) {
	if b.current(turn) && b.serving() && b.status.Asleep {
		b.run.relay.Tell(&messages.HoldRedial{})
		b.run.nap.renewal.Reset(napRenewal)
	}
}

// wake dials at once. A bot that is about to sleep is woken as soon as it does.
func (b *botActor) wake(ctx actor.Context) {
	if !b.serving() {
		return
	}
	if b.status.Asleep {
		b.run.endNap()
		s := *b.status
		s.Asleep = false
		b.publish(s)
	} else if b.run.nap != nil {
		b.run.nap.woken = true
	}
	b.run.relay.Tell(&messages.Wake{})
}

// after tells the bot m when d is over.
func (b *botActor) after(d time.Duration, m toBot) *time.Timer {
	bot := b.bot
	return time.AfterFunc(d, func() { bot.tell(m) })
}
