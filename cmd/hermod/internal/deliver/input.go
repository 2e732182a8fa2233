package deliver

import (
	"io"
	"sync/atomic"
	"time"
)

// readPatience is how long a process may leave a write to its standard input unread before the bot's status says so.
const readPatience = time.Minute

// input tells of a process that does not read what is written to it. Its events wait, as at any receiver that does not
// take them; the process is not ended, since what it has in hand would be lost with it.
type input struct {
	io.Writer
	upkeep *upkeep
}

// Write writes all of p, or says why it cannot. It is called from one goroutine.
func (i *input) Write(p []byte) (int, error) {
	began, read := time.Now(), new(atomic.Bool)
	late := time.AfterFunc(readPatience, func() { i.upkeep.unread(began, read) })
	n, err := i.Writer.Write(p)
	read.Store(true)
	if !late.Stop() {
		i.upkeep.reads()
	}
	return n, err
}
