package actors

import "time"

// lingerFor is how long a reader stays for an answer, a fiftieth of what the runtime lets a goroutine compute. A
// connector on the same machine or beside it answers within it.
const lingerFor = 200 * time.Microsecond

// letCallersGo has those go first whom the results of the last read woke. What they send next is then on its way, in
// one piece, and perhaps answered, before the reader looks again. Beside goroutines that compute for long it stays for
// the answer: once it waits as others do, it is told of one only when the runtime looks, and then queues behind them.
// It stays for a connector that answers only, so that others cannot have it hold a processor by sending bits of a line.
func (l *readLoop) letCallersGo() {
	if l.drained && (l.woken > few || l.counters.pending.Load() > few) {
		l.relay.attend(&l.yielder)
		if l.woken > 0 && l.yielder.rests() {
			l.from.Linger(lingerFor)
		}
	}
	l.woken = 0
}
