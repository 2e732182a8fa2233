package connector

import (
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
)

// epochMemory is how long an epoch counts after its last session. It is longer than a machine that was replaced can
// act, and short enough for a cluster whose epochs begin anew.
const epochMemory = time.Minute

var (
	// outdated refuses a machine that another one has replaced.
	outdated = &wire.CloseError{Code: wire.ClosePolicy, Reason: "another machine runs this gateway by now: its epoch is higher"}
	// succeeded closes the session of a machine that another one has replaced.
	succeeded = &wire.CloseError{Code: wire.CloseReplaced, Reason: "replaced by a session of a higher epoch"}
)

// tenure is the newest epoch of a gateway's sessions; epoch 0 is none. The gateway's lock guards it.
type tenure struct {
	epoch int64
	ended time.Time // when its last session was; zero while it has one
}

// refuses reports whether a newcomer's epoch is over. One that shows none is judged as all gateways were before.
func (t *tenure) refuses(epoch int64) bool {
	return epoch != 0 && epoch < t.epoch && (t.ended.IsZero() || time.Since(t.ended) < epochMemory)
}

func (t *tenure) begin(epoch int64) {
	if epoch != 0 {
		*t = tenure{epoch: epoch}
	}
}

func (t *tenure) end(epoch int64) {
	if epoch != 0 {
		t.ended = time.Now()
	}
}

// succeeds reports whether the session's machine has taken the gateway over from the other's: it need not ask whether
// somebody is there.
func (s *session) succeeds(other *session) bool { return other.epoch != 0 && s.epoch > other.epoch }

// yield ends a session for the next one, and reports whether the place is free.
func (s *session) yield(why *wire.CloseError, b blame) bool {
	s.finish(ending{how: endClose, code: ws.StatusCode(why.Code), reason: why.Reason, blame: b})
	return within(2*lingerTime, s.detached)
}
