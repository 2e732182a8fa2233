package deliver

import (
	"context"
	"sync"
	"sync/atomic"
)

// gate lets so many posts through at once, and of those to one receiver so many. A post waits for its receiver's turn
// first, so that those to a slow one do not wait where others would go through.
type gate struct {
	all     chan struct{} // a token for each post under way
	share   int           // how many of them may be to one receiver
	waiting atomic.Int64

	mu        sync.Mutex
	receivers map[string]*receiverGate // while there is a post for them
}

// receiverGate is where the posts to one receiver wait.
type receiverGate struct {
	slots chan struct{}
	posts int // under way and waiting
}

func newGate(limit, share int) *gate {
	return &gate{all: make(chan struct{}, limit), share: share, receivers: make(map[string]*receiverGate)}
}

// enter waits for a post's turn, first come, first served. What it returns is called once, after the post. The error is
// the context's.
func (g *gate) enter(ctx context.Context, receiver string) (leave func(), err error) {
	g.waiting.Add(1)
	defer g.waiting.Add(-1)
	own := g.join(receiver)
	select {
	case own <- struct{}{}:
	case <-ctx.Done():
		g.part(receiver)
		return nil, ctx.Err()
	}
	select {
	case g.all <- struct{}{}:
	case <-ctx.Done():
		<-own
		g.part(receiver)
		return nil, ctx.Err()
	}
	return func() {
		<-g.all
		<-own
		g.part(receiver)
	}, nil
}

// join counts a post in, and part out.
func (g *gate) join(receiver string) (slots chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.receivers[receiver]
	if r == nil {
		r = &receiverGate{slots: make(chan struct{}, g.share)}
		g.receivers[receiver] = r
	}
	r.posts++
	return r.slots
}

func (g *gate) part(receiver string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.receivers[receiver]
	if r.posts--; r.posts == 0 {
		delete(g.receivers, receiver)
	}
}

// PostFigures say how busy the posting of webhooks is at one moment.
type PostFigures struct {
	// Running counts the posts under way, Waiting those that wait for their turn, and Free how many more could run.
	Running, Waiting, Free int
}

func (g *gate) figures() PostFigures {
	running := len(g.all)
	return PostFigures{Running: running, Waiting: int(g.waiting.Load()), Free: cap(g.all) - running}
}
