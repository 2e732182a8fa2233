package deliver

import (
	"container/list"
	"context"
	"sync"
	"time"
)

const (
	// receiverShare is which part of all posts one receiver may have at most, as 1/receiverShare.
	receiverShare = 4
	// quickShare is which part is kept for receivers that answer within quickAnswer.
	quickShare  = 8
	quickAnswer = time.Second
)

// gate lets so many posts through at once. Receivers that have posts share them: each may have as many as if there were
// one receiver more, which leaves some for whoever comes next; receivers take turns, and the posts to one go in the
// order in which they came. The last part goes to quick receivers only, so that slow ones, however many, hold up none
// of those. Its methods may be called from any goroutine.
type gate struct {
	limit int

	mu      sync.Mutex
	running int
	waiting int
	active  int       // lines with posts
	next    list.List // of *line with posts that wait, the one whose turn it is in front
}

// line is where the posts to one receiver wait. The gate's lock guards it.
type line struct {
	running list.List     // of time.Time, when each post under way began, the oldest in front
	waiting list.List     // of *turn
	place   *list.Element // in next, nil while nothing waits
	quick   bool          // its last answer came soon
}

func newGate(limit int) *gate { return &gate{limit: limit} }

// outcome is what became of a post's turn.
type outcome int

const (
	notPosted outcome = iota
	unanswered
	answered
)

// enter waits for a post's turn. What it returns is called once, after the post. The error is the context's.
func (g *gate) enter(ctx context.Context, l *line) (leave func(outcome), err error) {
	g.mu.Lock()
	if l.running.Len()+l.waiting.Len() == 0 {
		g.active++
	}
	t := &turn{given: make(chan struct{})}
	t.place = l.waiting.PushBack(t)
	g.waiting++
	if l.place == nil {
		l.place = g.next.PushBack(l)
	}
	g.grant()
	g.mu.Unlock()
	select {
	case <-t.given:
	case <-ctx.Done():
		if g.withdraw(l, t) {
			return nil, ctx.Err()
		}
	}
	began := t.place
	return func(o outcome) { g.leave(l, began, o) }, nil
}

// withdraw takes back a post that waits; it is false when its turn has come.
func (g *gate) withdraw(l *line, t *turn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-t.given:
		return false
	default:
	}
	l.waiting.Remove(t.place)
	g.waiting--
	g.settle(l)
	return true
}

func (g *gate) leave(l *line, began *list.Element, o outcome) {
	g.mu.Lock()
	defer g.mu.Unlock()
	took := time.Since(l.running.Remove(began).(time.Time))
	if o != notPosted {
		l.quick = o == answered && took <= quickAnswer
	}
	g.running--
	g.settle(l)
	g.grant()
}

// settle keeps account of a line that may have become empty; the lock is held.
func (g *gate) settle(l *line) {
	if l.waiting.Len() == 0 && l.place != nil {
		g.next.Remove(l.place)
		l.place = nil
	}
	if l.running.Len()+l.waiting.Len() == 0 {
		g.active--
	}
}

// grant gives the turns that may be given; the lock is held.
func (g *gate) grant() {
	for e := g.next.Front(); e != nil && g.running < g.limit; {
		l := e.Value.(*line)
		if !g.admits(l) {
			e = e.Next()
			continue
		}
		t := l.waiting.Remove(l.waiting.Front()).(*turn)
		t.place = l.running.PushBack(time.Now())
		g.running++
		g.waiting--
		close(t.given)
		g.next.MoveToBack(e)
		g.settle(l)
		e = g.next.Front()
	}
}

// admits says that one more post of a line may run; the lock is held.
func (g *gate) admits(l *line) bool {
	share := max(1, min(g.limit/receiverShare, g.limit/(g.active+1)))
	if l.running.Len() >= share {
		return false
	}
	return g.running < g.limit-g.limit/quickShare || l.isQuick()
}

// isQuick says that the receiver answers soon, as far as is known.
func (l *line) isQuick() bool {
	oldest := l.running.Front()
	return l.quick && (oldest == nil || time.Since(oldest.Value.(time.Time)) <= quickAnswer)
}

// PostFigures say how busy the posting of webhooks is at one moment.
type PostFigures struct {
	// Running counts the posts under way, Waiting those that wait for their turn, and Free how many more could run.
	Running, Waiting, Free int
	// Open counts the receivers, and the URLs at receivers, that get probes only.
	Open int
}

func (g *gate) figures() PostFigures {
	g.mu.Lock()
	defer g.mu.Unlock()
	return PostFigures{Running: g.running, Waiting: g.waiting, Free: g.limit - g.running}
}
