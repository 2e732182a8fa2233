package daemon

import (
	"bytes"
	"strings"
	"sync"
)

// safeBuffer is a log that may be read while it is written.
type safeBuffer struct {
	mu      sync.Mutex
	text    bytes.Buffer
	written sync.Cond
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.written.Broadcast()
	return b.text.Write(p)
}

// await returns once the log has this text.
func (b *safeBuffer) await(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.written.L = &b.mu; !strings.Contains(b.text.String(), text); {
		b.written.Wait()
	}
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// taken returns what was written since the last call.
func (b *safeBuffer) taken() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.text.Reset()
	return b.text.String()
}
