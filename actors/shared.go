package actors

import (
	"sync"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors/internal/socket"
)

// shared is what the actors of one relay share: the configuration, the counters, the references to each other, and
// which connection is open. It knows none of them.
type shared struct {
	cfg      *config
	counters *counters
	poller   *socket.SharedPoller // the engine's
	dials    *dials               // the engine's
	self     ref[toRelay]
	done     chan struct{} // closed by the relay's actor when it has stopped
	final    *Status       // how the relay was then; set before done is closed
	registry onDemand[toRegistry]
	inbox    onDemand[toInbox]
	open     atomic.Pointer[writerRef] // requests go over it if its generation is not over
	over     atomic.Uint64             // the newest generation that has ended: what it still says is late
	users    users
}

// users counts the goroutines that run user code, for the relay's end to wait for them, and to say how many are left.
type users struct {
	count atomic.Int64
	all   sync.WaitGroup
}

func (u *users) enter() {
	u.count.Add(1)
	u.all.Add(1)
}

func (u *users) leave() {
	u.count.Add(-1)
	u.all.Done()
}

func (s *shared) root() *actor.RootContext { return s.self.root }

// ready makes a connection the one that requests go over.
func (s *shared) ready(writer *writerRef) {
	s.open.Store(writer)
	s.registry.TellIfThere(&linkReady{writer: writer})
}

// end makes a generation the newest that is over. Whoever learns of it later finds that no request is accepted.
func (s *shared) end(generation uint64) {
	for over := s.over.Load(); over < generation; over = s.over.Load() {
		s.over.CompareAndSwap(over, generation)
	}
}

// lost tells those who use a connection that it is over.
func (s *shared) lost(m *linkLost) {
	s.registry.TellIfThere(m)
	s.inbox.TellIfThere(m)
}
