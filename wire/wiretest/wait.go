package wiretest

import (
	"io"
	"net"
	"sync"
	"time"
)

// waitFor blocks on cond, whose lock is held, until ready reports true or limit has passed; a
// limit of zero waits without a limit. It returns the last result of ready.
func waitFor(cond *sync.Cond, limit time.Duration, ready func() bool) bool {
	expired := false
	if limit > 0 {
		timer := time.AfterFunc(limit, func() {
			cond.L.Lock()
			defer cond.L.Unlock()
			expired = true
			cond.Broadcast()
		})
		defer timer.Stop()
	}
	for !ready() && !expired {
		cond.Wait()
	}
	return ready()
}

// drain reads until the connection ends.
func drain(socket net.Conn) {
	_, _ = io.Copy(io.Discard, socket)
}
