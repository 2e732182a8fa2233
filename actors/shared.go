package actors

import (
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors/internal/socket"
	"hermod/actors/passive"
)

// shared is what the actors of one relay share: the configuration, the counters, the references to each other, and
// which connection is open. It knows none of them.
type shared struct {
	// What each delivery needs comes first, and side by side: a quiet relay has to fetch its memory line by line.
	*common
	box        atomic.Pointer[inboxBox] // the inbox's, nil until it is there
	over       atomic.Uint64            // the newest generation that has ended: what it still says is late
	users      users                    // what may still run after done
	trust      trust                    // in the handlers
	discharged atomic.Bool              // the relay has ended: what it is charged for is given back at once
	cfg        config
	self       passive.Ref[toRelay, *relayActor]
	counters   counters

	ended    passive.Signal // given by the relay's actor at its final state
	done     passive.Signal // given by the relay's actor when it has stopped: nobody answers any more
	final    *lastWords     // how the relay was then; set before done is given
	registry onDemand[toRegistry]
	requests requestQueue // to the registry
	attended atomic.Bool  // a reader is about to look at the queue
	inbox    onDemand[toInbox]
	open     atomic.Pointer[writerRef] // requests go over it if its generation is not over
	skew     atomic.Int64              // of the connector's clock, a time.Duration; 0 if it is not known
}

// common is what the relays of an engine have in common. It outlives the engine, as a relay may.
type common struct {
	tree                  *actor.RootContext
	engine                *actor.PID // nil until relays can be spawned
	poller                socket.SharedPoller
	workers               *workers
	relayProps, linkProps *passive.Props // on the workers
	pings                 pings
	bounds                bounds
	dials                 dials
	quiet                 bool // what becomes of relays is logged at debug level
}

// lastWords is what a relay that has stopped still says of itself.
type lastWords struct {
	status      Status
	descriptors descriptors
}

func (s *shared) root() *actor.RootContext { return s.tree }

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

// noteSkew keeps what an answer said of the connector's clock; one that said nothing leaves what is known. It is no
// message, since the failure that it explains would overtake that.
func (s *shared) noteSkew(skew time.Duration) {
	if skew != 0 {
		s.skew.Store(int64(skew))
	}
}

// lost tells those who use a connection that it is over.
func (s *shared) lost(m *linkLost) {
	s.registry.TellIfThere(m)
	s.inbox.TellIfThere(m)
}
