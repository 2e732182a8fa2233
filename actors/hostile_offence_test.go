package actors_test

import (
	"hermod/actors"
	"hermod/messages"
)

// offence is something that no connector may do, what a relay answers, and what its status shows of it.
type offence struct {
	name   string
	change func(*actors.Config)
	stage  stage

	// commit is what the connector does; nil pours the flood, at most size bytes of it for a queue of so many.
	commit func(*attack)
	flood  func() supply
	size   func(queue int) int

	answer answer
	shows  string // a piece of Status.LastError
	counts string // a counter that shows it, by its name in JSON
	least  uint64 // and what it shows at least

	// fills says that the attack ends at a full queue, passes that its deliveries are queued on their way to handlers that
	// take them. heap bounds what is held besides such a queue, in MiB, for each of the queues; all that is no flood is
	// measured with the first one.
	fills, passes bool
	heap          [len(queues)]float64
}

// stage is when, and to which transports, an offence can be committed.
type stage uint8

const (
	onASession   stage = iota // in virtual time, and over a socket
	inVirtual                 // on a session, but not over a socket: it takes long, or its end shows in virtual time only
	beforeHellos              // before the first descriptor
	atUpgrade                 // instead of an answer to the upgrade
)

// answer is the close code that the relay sends, or one of the others.
type answer int

const (
	goesOn answer = -1 // the connection goes on
	leaves answer = 0  // the relay leaves without a close frame
)

// queues are the values of MaxQueuedBytes at which the heap is measured.
var queues = [...]int{1 << 20, 4 << 20, 16 << 20}

// maxFrame is the longest line in every attack.
const maxFrame = 1 << 20

// beyondQueue is what a relay holds at most besides its queue.
const beyondQueue = 12*maxFrame + 4<<20

// offenceKinds are all offences, as the document has them.
var offenceKinds = []struct {
	name     string
	offences []offence
}{
	{"Frames", frameOffences},
	{"Close frames", closeOffences},
	{"Lines", lineOffences},
	{"Floods", floodOffences},
	{"Deliveries that no handler takes", queueOffences},
	{"Slow, deaf and silent connectors", peerOffences},
	{"Answers to the upgrade", upgradeOffences},
}

func offences() (all []offence) {
	for _, kind := range offenceKinds {
		all = append(all, kind.offences...)
	}
	return all
}

// counter returns the value of the counter of a name.
func counter(name string, c actors.Counters) (value uint64, known bool) {
	for _, counter := range messages.CounterList() {
		if counter.Name == name {
			return counter.Of(&c), true
		}
	}
	return 0, false
}
