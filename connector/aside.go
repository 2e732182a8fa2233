package connector

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"hermod/wire"
)

// envelope is more than what a frame adds to its payload, in bytes.
const envelope = 128

// SetAside is a delivery that the gateway could not take. It is kept on disk until it is replayed or discarded, and
// nothing waits for it.
type SetAside struct {
	BufferID string `json:"bufferId"`
	// Kind is the type of its frame: inbound or passthrough_forward.
	Kind string `json:"kind"`
	// Size is that of the event or the forward, in bytes.
	Size   int       `json:"size"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// item is a delivery that is set aside.
type item struct {
	seq    uint64
	kind   kind
	size   int
	reason string
	since  time.Time
}

// shelf holds what is set aside for one gateway, oldest first. Its owner locks it.
type shelf struct {
	items []item
	bytes int
	// inARow counts those that were set aside because connections ended, since the gateway acknowledged anything.
	inARow int
}

// patience is how many connections must end before the next delivery is set aside. It doubles while nothing is
// acknowledged: a gateway that ends whatever it is sent does not lose its backlog by that.
func (s *shelf) patience() int { return giveUpAfter << min(s.inARow, maxPatience) }

func (s *shelf) acknowledged() { s.inARow = 0 }

func (s *shelf) add(i item) {
	s.items = append(s.items, i)
	s.bytes += i.size
}

// room removes the oldest ones beyond the bounds, once size more are added, and returns them.
func (s *shelf) room(size, maxItems, maxBytes int) (out []item) {
	for len(s.items) > 0 && (len(s.items) >= maxItems || s.bytes+size > maxBytes) {
		out = append(out, s.items[0])
		s.take(s.items[0].seq)
	}
	return out
}

// take removes the item of that number.
func (s *shelf) take(seq uint64) (item, bool) {
	at := slices.IndexFunc(s.items, func(i item) bool { return i.seq == seq })
	if at < 0 {
		return item{}, false
	}
	i := s.items[at]
	s.items = slices.Delete(s.items, at, at+1)
	s.bytes -= i.size
	return i, true
}

func tooLargeReason(size, limit int) string {
	return fmt.Sprintf("a message of %d bytes is too large: the gateway did not show that it takes more than %d", size, limit)
}

// admitLocked refuses a payload that the gateway is known not to take.
func (g *gateway) admitLocked(size int) error {
	if g.abilities == nil || size+envelope <= g.abilities.MaxMessage {
		return nil
	}
	return fmt.Errorf("%w %q: %d bytes, and it takes messages of %d; send less, or have the gateway show with the header %s that it takes more",
		ErrTooLargeForGateway, g.id, size, g.abilities.MaxMessage, wire.MaxMessageHeader)
}

// setAsideLocked moves an entry of the backlog to the shelf; the oldest there make room.
func (g *gateway) setAsideLocked(e *entry, payload []byte, reason string) {
	g.backlog.remove(e.seq)
	if e.taken != nil {
		e.refused = fmt.Errorf("%w: %s", ErrRefused, reason)
		close(e.taken)
		return
	}
	i := item{seq: e.seq, kind: e.kind, size: e.size, reason: reason, since: time.Now().UTC()}
	lost := g.aside.room(i.size, g.c.cfg.MaxSetAside, g.c.cfg.MaxSetAsideBytes)
	g.aside.add(i)
	g.c.log.Warn("a delivery is set aside", "gateway", g.id, "bufferId", g.c.store.bufferID(i.seq), "size", i.size, "reason", reason)
	for _, old := range lost {
		g.c.log.Error("the oldest delivery that was set aside is lost, for too many are", "gateway", g.id,
			"bufferId", g.c.store.bufferID(old.seq), "size", old.size)
	}
	g.c.store.setAside(g.id, i, payload, lost, func(err error) {
		if err != nil {
			g.c.quiet.disk.log(g.c.log, slog.LevelError, "a delivery could not be set aside on disk, it is sent again after a restart",
				"gateway", g.id, "err", err)
		}
	})
}
