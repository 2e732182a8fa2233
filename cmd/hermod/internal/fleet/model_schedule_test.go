package fleet_test

import (
	"context"
	"errors"
	"slices"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/messages"
	"hermod/wire/wiretest"
)

// step is one thing that a schedule may do to a bot, and its weight among all of them.
type step struct {
	weight int
	do     func(s *simFleet, name string)
}

var steps = []step{
	{10, func(s *simFleet, _ string) { s.apply() }},
	{6, (*simFleet).disable},
	{9, (*simFleet).enable},
	{6, (*simFleet).reconnect},
	{16, (*simFleet).sleep},
	{4, (*simFleet).sleepAside},
	{10, (*simFleet).wake},
	{4, (*simFleet).crash},
	{1, (*simFleet).crashActor},
	{5, func(s *simFleet, name string) { s.onConn(name, "drop", (*wiretest.Conn).Drop) }},
	{4, func(s *simFleet, name string) { s.onConn(name, "revoke", func(c *wiretest.Conn) { _ = revoke(c) }) }},
	{3, func(s *simFleet, name string) {
		s.onConn(name, "close", func(c *wiretest.Conn) { _ = c.CloseWith(1012, "restart") })
	}},
	{3, func(s *simFleet, name string) { s.onConn(name, "fall silent", (*wiretest.Conn).StallReads) }},
	{12, (*simFleet).changeMood},
	{12, func(s *simFleet, _ string) { s.look() }},
}

var (
	names  = []string{"a", "b", "c"}
	budget = 10 * time.Second
	// patience is longer than anything takes to end.
	patience = 2 * time.Minute
)

// play runs the whole schedule: trouble, then calm, then the end.
func (s *simFleet) play() {
	s.calls.Go(s.watch)
	total := 0
	for _, step := range steps {
		total += step.weight
	}
	s.apply()
	for range 10 + s.rng.IntN(50) {
		s.pause()
		choice := s.rng.IntN(total)
		for _, step := range steps {
			if choice -= step.weight; choice < 0 {
				step.do(s, names[s.rng.IntN(len(names))])
				break
			}
		}
	}
	if s.rng.IntN(2) == 0 {
		s.calm()
	}
	s.end()
}

func (s *simFleet) watch() {
	for e := range s.fleet.Watch(context.Background()) {
		s.judge.told(e)
	}
}

func (s *simFleet) pause() {
	spans := []time.Duration{0, 0, 0, time.Millisecond, 100 * time.Millisecond, time.Second, 3 * time.Second,
		5 * time.Second,
		30 * time.Second, 70 * time.Second, 10 * time.Minute}
	if span := spans[s.rng.IntN(len(spans))]; span > 0 {
		time.Sleep(span + time.Duration(s.rng.IntN(2))*time.Millisecond)
	}
}

// apply applies a random configuration.
func (s *simFleet) apply() {
	next, want := make(map[string]*config.Bot), fleet.Changes{}
	for _, name := range names {
		old := s.applied[name]
		switch s.rng.IntN(8) {
		case 0: // it leaves, or stays away
		case 1, 2:
			next[name] = s.configuration(name)
		default:
			if next[name] = old; old == nil {
				next[name] = s.configuration(name)
			}
		}
		switch {
		case old == nil && next[name] != nil:
			want.Added = append(want.Added, name)
		case old != nil && next[name] == nil:
			want.Removed = append(want.Removed, name)
		case old != nil && !sameConfig(old, next[name]):
			want.Changed = append(want.Changed, name)
		case old != nil:
			want.Unchanged++
		}
	}
	s.applyAs(next, want)
}

func sameConfig(a, b *config.Bot) bool { return a.Enabled == b.Enabled && *a.Limits == *b.Limits }

func (s *simFleet) configuration(name string) *config.Bot {
	return bot(name, func(b *config.Bot) {
		b.URL = "ws://" + name + ".test"
		b.Enabled = s.rng.IntN(5) > 0
		b.Limits = &config.Limits{MaxHandlers: 1 + s.rng.IntN(3)}
	})
}

func (s *simFleet) applyAs(next map[string]*config.Bot, want fleet.Changes) {
	cfg := &config.Config{Shutdown: config.Shutdown{Budget: config.Duration{Duration: budget}}}
	for _, name := range names {
		if next[name] != nil {
			cfg.Bots = append(cfg.Bots, next[name])
		}
	}
	for _, name := range slices.Concat(want.Added, want.Changed, want.Removed) {
		s.judge.order(name)
		old, enabled := s.applied[name], next[name] != nil && next[name].Enabled
		switch {
		case old == nil:
			s.off[name] = !enabled || s.marked[name]
		case next[name] != nil && old.Enabled != enabled:
			s.off[name], s.marked[name] = !enabled, false
		}
		if b, there := s.fleet.Bot(name); there && next[name] == nil {
			s.removed[b] = time.Now()
		} else if there {
			delete(s.removed, b)
		}
	}
	s.judge.note("apply: added %v, changed %v, removed %v", want.Added, want.Changed, want.Removed)
	got, err := s.fleet.Apply(cfg)
	if err != nil || !slices.Equal(got.Added, want.Added) || !slices.Equal(got.Changed, want.Changed) ||
		!slices.Equal(got.Removed, want.Removed) || got.Unchanged != want.Unchanged {
		s.judge.fault("apply answered %+v, %v; want %+v", got, err, want)
	}
	s.applied = next
}

// ordered gives a configured bot an order and returns the status right after it.
func (s *simFleet) ordered(name, order string, give func(*fleet.Bot)) (fleet.Status, bool) {
	b, there := s.fleet.Bot(name)
	if !there || s.applied[name] == nil {
		return fleet.Status{}, false
	}
	s.judge.order(name)
	s.judge.note("%s: %s", name, order)
	give(b)
	return b.Status(), true
}

func (s *simFleet) disable(name string) {
	if now, ok := s.ordered(name, "disable", (*fleet.Bot).Disable); ok {
		s.off[name], s.marked[name] = true, s.memory != nil
		stands := now.State == fleet.Draining || now.State == messages.Disabled
		s.judge.want(stands && now.PlatformState == "disabled" && now.Cause == fleet.ByOperator && !now.Asleep, name, "disable", now)
	}
}

func (s *simFleet) enable(name string) {
	if now, ok := s.ordered(name, "enable", (*fleet.Bot).Enable); ok {
		s.off[name], s.marked[name] = false, false
		stands := now.State != messages.Disabled || now.Cause == fleet.Revoked
		s.judge.want(stands, name, "enable", now)
	}
}

func (s *simFleet) reconnect(name string) {
	if now, ok := s.ordered(name, "reconnect", (*fleet.Bot).Reconnect); ok {
		stands := s.off[name] == (now.Cause == fleet.ByOperator || now.Cause == fleet.ByConfig)
		s.judge.want((stands || now.State == fleet.Draining) && !now.Asleep && now.Cause != fleet.Revoked, name, "reconnect", now)
	}
}

func (s *simFleet) wake(name string) {
	if now, ok := s.ordered(name, "wake", (*fleet.Bot).Wake); ok {
		s.judge.want(!now.Asleep, name, "wake", now)
	}
}

// sleep puts a bot to sleep; that it sleeps already is no reason to wake it.
func (s *simFleet) sleep(name string) {
	b, there := s.fleet.Bot(name)
	if !there {
		return
	}
	asleep := b.Status().Asleep
	order := s.judge.order(name)
	s.judge.note("%s: sleep", name)
	s.slept(b, order, asleep)
}

// sleepAside lets the schedule go on meanwhile.
func (s *simFleet) sleepAside(name string) {
	b, there := s.fleet.Bot(name)
	if !there {
		return
	}
	order := s.judge.order(name)
	s.judge.note("%s: sleep aside", name)
	s.calls.Go(func() { s.slept(b, order, false) })
}

func (s *simFleet) slept(b *fleet.Bot, order int, must bool) {
	asleep, err := b.Sleep(context.Background())
	s.judge.note("%s: asleep %v, %v", b.Name(), asleep, err)
	if asleep && !s.judge.sleeps(b.Name(), order) {
		return
	}
	now := b.Status()
	if s.judge.stands(b.Name(), order) && (asleep || err == nil) {
		s.judge.want(now.Asleep == asleep && (!asleep || now.State == messages.Dormant) && (asleep || !must), b.Name(), "sleep", now)
	}
}

// crash stops the relay as a bug would.
func (s *simFleet) crash(name string) {
	s.ordered(name, "the relay crashes", func(b *fleet.Bot) {
		b.StopRelay()
		synctest.Wait()
	})
}

// crashActor stops the bot's own actor, and with it what an operator said, unless the fleet remembers it.
func (s *simFleet) crashActor(name string) {
	if _, ok := s.ordered(name, "the bot's actor crashes", func(b *fleet.Bot) {
		b.StopActor()
		<-b.Done()
	}); ok {
		s.off[name] = !s.applied[name].Enabled || s.marked[name]
		synctest.Wait()
	}
}

// onConn does something to a bot's connection.
func (s *simFleet) onConn(name, what string, do func(*wiretest.Conn)) {
	s.mu.Lock()
	c := s.conns[name]
	delete(s.conns, name)
	s.mu.Unlock()
	if c != nil {
		s.judge.note("%s: %s", name, what)
		s.lift(name)
		do(c)
	}
}

// lift forgets that a bot waits, which a change of its connection may end; what else was said of it stands.
func (s *simFleet) lift(name string) {
	s.judge.mu.Lock()
	defer s.judge.mu.Unlock()
	if b := s.judge.of(name); !b.until.IsZero() {
		b.silent = ""
	}
}

func (s *simFleet) changeMood(name string) {
	mood := &simMood{preparation: []preparing{prepares, prepares, preparesLate, failsToPrepare, hangs,
		stubborn}[s.rng.IntN(6)],
		refuses: s.rng.IntN(5) == 0, idle: []idling{confirms, confirms, confirms, confirmsLate, confirmsAndStalls,
			ignores}[s.rng.IntN(6)],
		lingers: s.rng.IntN(4) == 0}
	s.judge.note("%s: mood %+v", name, *mood)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moods[name] = mood
}

// look holds the fleet to what it says while nothing moves.
func (s *simFleet) look() {
	synctest.Wait()
	for _, b := range s.fleet.Bots() {
		if now := b.Status(); s.applied[b.Name()] != nil {
			s.judge.said(b.Name(), now)
		}
	}
	for b, at := range s.removed {
		select {
		case <-b.Done():
			delete(s.removed, b)
		default:
			if time.Since(at) > patience {
				s.judge.fault("%s was removed %v ago and is still there: %+v", b.Name(), time.Since(at), b.Status())
			}
		}
	}
}

// calm has everybody behave, and every bot is as it is meant to be in the end.
func (s *simFleet) calm() {
	s.judge.note("calm")
	s.mu.Lock()
	clear(s.moods)
	s.mu.Unlock()
	time.Sleep(patience)
	for _, b := range s.fleet.Bots() {
		if now := b.Status(); now.State == messages.Failed || now.Cause == fleet.Revoked || now.State == fleet.Starting {
			s.judge.order(b.Name())
			if now.State == fleet.Starting { // its preparation hangs
				b.Disable()
				b.Enable()
				s.marked[b.Name()] = false
				synctest.Wait()
			}
			b.Reconnect()
		}
	}
	time.Sleep(patience)
	s.look()
	for _, name := range names {
		b, there := s.fleet.Bot(name)
		if there != (s.applied[name] != nil) {
			s.judge.fault("%s: there %v", name, there)
			continue
		}
		if !there {
			continue
		}
		want := actors.Ready
		now := b.Status()
		switch {
		case s.off[name]:
			want = messages.Disabled
		case now.Asleep:
			want = messages.Dormant
		}
		if now.State != want {
			s.judge.fault("%s is %s in the end, want %s: %s", name, now.State, want, now.LastError)
		}
	}
}

// end closes the fleet, politely or not.
func (s *simFleet) end() {
	limit := []time.Duration{0, time.Second, patience}[s.rng.IntN(3)]
	for _, name := range names {
		s.judge.order(name)
	}
	s.judge.note("close within %v", limit)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	begun := time.Now()
	err := s.fleet.Close(ctx)
	if took := time.Since(begun); took > limit || err != nil && !errors.Is(err, context.DeadlineExceeded) {
		s.judge.fault("closed after %v with %v", took, err)
	}
	s.calls.Wait()
	time.Sleep(patience) // for what ignores its context
	s.srv.Close()
	s.judge.settled()
}
