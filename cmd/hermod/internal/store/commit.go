package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// operation is a change that somebody waits for.
type operation struct {
	apply func(*change) error
	done  chan error // of capacity 1
}

// change is a transaction and the figures that hold once it is written.
type change struct {
	*bolt.Tx
	figures Figures
	limits  Limits
	age     time.Duration // the store's
	shares  shares        // the store's
	undo    []func()      // what to do to them, the last first, if this is not written
}

// count adds a letter to the figures and to its bot's share.
func (c *change) count(bot string, number uint64, size int) {
	c.figures.Letters++
	c.figures.Bytes += size
	c.shares.add(bot, number, size)
	c.undo = append(c.undo, func() { c.shares.remove(bot, number, size) })
}

// discount takes a letter out of them.
func (c *change) discount(bot string, number uint64, size int) {
	c.figures.Letters--
	c.figures.Bytes -= size
	c.shares.remove(bot, number, size)
	c.undo = append(c.undo, func() { c.shares.add(bot, number, size) })
}

func (c *change) takeBack() {
	for _, undo := range slices.Backward(c.undo) {
		undo()
	}
}

// maxWait bounds the wait for the disk.
const maxWait = 30 * time.Second

var errStalled = fmt.Errorf("write the state folder: its disk does not answer within %v", maxWait)

// do has a change written and waits for the disk. apply returns only errors of the disk, which are those of all the
// changes that are written together. The other errors are ErrClosed, ctx's, and errStalled: with these two the change
// may be written yet.
func (s *Store) do(ctx context.Context, apply func(*change) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, maxWait, errStalled)
	defer cancel()
	op := &operation{apply: apply, done: make(chan error, 1)}
	select {
	case <-s.ending:
		return ErrClosed
	default:
	}
	select {
	case s.work <- op:
	case <-s.ending:
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-op.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.done:
	}
	select {
	case err := <-op.done:
		return err
	default:
		return ErrClosed // it came after the last look at the queue
	}
}

// Flush waits until all that was asked for before is on the disk. The error says why it is not.
func (s *Store) Flush(ctx context.Context) error {
	return s.do(ctx, flush().apply)
}

// flush changes nothing: what waits is written with it, and the store's age.
func flush() *operation {
	return &operation{apply: func(*change) error { return nil }, done: make(chan error, 1)}
}

// run writes until the end.
func (s *Store) run() {
	defer close(s.done)
	sweep := time.NewTicker(sweepInterval)
	defer sweep.Stop()
	for {
		select {
		case op := <-s.work:
			s.commit(s.gather(op))
		case <-s.wake:
			s.commit(s.gather(nil))
		case <-sweep.C:
			s.commit(s.gather(nil))
		case <-s.ending:
			for ops := s.gather(nil); len(ops) > 0; ops = s.gather(nil) {
				s.commit(ops)
			}
			s.commit([]*operation{flush()})
			return
		}
	}
}

// gather takes what waits behind an operation, if there is one.
func (s *Store) gather(first *operation) (ops []*operation) {
	if first != nil {
		ops = append(ops, first)
	}
	for len(ops) < maxWaiting {
		select {
		case op := <-s.work:
			ops = append(ops, op)
		default:
			return ops
		}
	}
	return ops
}

// commit writes operations, the marks that changed, and what the bounds ask for, in one transaction.
func (s *Store) commit(ops []*operation) {
	marked := s.marks.take()
	c := &change{figures: s.now, limits: *s.limits.Load(), age: s.Age(), shares: s.shares}
	idle := len(ops) == 0 && len(marked) == 0 && c.age-s.age.written < ageInterval
	if idle && (s.damage != nil || !s.overdue(c)) {
		return
	}
	err := s.damage
	if err == nil {
		err = guarded(func() error { return s.db.Update(func(tx *bolt.Tx) error { return c.carryOut(tx, ops, marked) }) })
	}
	if errors.Is(err, errDamaged) {
		s.damage = err
	}
	if err != nil {
		err = fmt.Errorf("write the state folder: %w", err)
		c.takeBack()
		s.marks.giveBack(marked)
		s.now.WriteErrors++
	} else {
		s.untold += c.figures.Dropped - s.now.Dropped
		s.now, s.age.written = c.figures, c.age
	}
	s.tell(err)
	s.publish()
	for _, op := range ops {
		op.done <- err
	}
}

// carryOut makes all changes in a transaction.
func (c *change) carryOut(tx *bolt.Tx, ops []*operation, marked map[string]bool) error {
	c.Tx = tx
	for _, op := range ops {
		if err := op.apply(c); err != nil {
			return err
		}
	}
	if err := writeMarks(tx.Bucket(bucketDisabled), marked); err != nil {
		return err
	}
	if err := c.writeAge(); err != nil {
		return err
	}
	return c.enforce()
}

func (s *Store) publish() {
	now := s.now
	s.figures.Store(&now)
}

// tell logs when writing begins to fail and when it works again, and once in a while that letters were dropped.
func (s *Store) tell(err error) {
	switch {
	case err != nil && !s.failing:
		hint := "make room on its disk, and look at the system's log for errors of it"
		if errors.Is(err, errDamaged) {
			hint = "end the daemon, then " + damageRemedy
		}
		s.log.Error("the state folder cannot be written: deliveries that fail for good stay with the connector",
			"err", err, "hint", hint)
	case err == nil && s.failing:
		s.log.Info("the state folder can be written again")
	}
	s.failing = err != nil
	if s.untold > 0 && time.Since(s.told) >= time.Minute {
		s.log.Warn("old dead letters were dropped to make room, or because of their age", "dropped", s.untold,
			"hint", "replay or discard those that are left, or raise dead_letters.max_bytes and max_age")
		s.untold, s.told = 0, time.Now()
	}
}
