package workload

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goccy/go-json"

	"hermod/wire"
)

// yieldClient is the fastest client without actors that we know. It is mutexClient with a writer that yields first and
// then writes everything that waits at once, with reused waiters, one lock for all results of a read, and one sweep
// over the deadlines instead of a timer each.
//
// Its duties are mutexClient's; a timeout comes up to a second late.
type yieldClient struct {
	socket  *socket
	handler *Handler
	writer  *yieldWriter
	wg      sync.WaitGroup
	ended   chan struct{}

	replies []Frame // of this read, not yet handed out

	mu      sync.Mutex
	pending map[string]*waiter
	closed  bool
	waiting atomic.Int64 // len(pending), for the writer
}

// waiter is one request. Only the goroutine that removes it from pending sends its outcome.
type waiter struct {
	verdict  chan verdict
	deadline time.Time
}

type verdict struct {
	reply Reply
	err   error
}

var waiters = sync.Pool{New: func() any { return &waiter{verdict: make(chan verdict, 1)} }}

func dialYield(ctx context.Context, to Target, handler *Handler) (Client, error) {
	s, err := greetedSocket(ctx, to, blockSize)
	if err != nil {
		return nil, err
	}
	c := &yieldClient{socket: s, handler: handler, ended: make(chan struct{}), pending: map[string]*waiter{}}
	c.writer = newYieldWriter(s, &c.waiting)
	c.wg.Go(func() {
		_ = c.read()
		c.fail(ErrClosed, func(*waiter) bool { return true })
		close(c.ended)
	})
	c.wg.Go(func() { _ = c.writer.run(c.ended) })
	c.wg.Go(c.sweep)
	return c, nil
}

func (c *yieldClient) read() error {
	var lines Lines
	for {
		message, err := c.socket.next()
		if err != nil {
			return err
		}
		if err := lines.Each(message, c.take); err != nil {
			return err
		}
		if c.socket.reader.Buffered() == c.socket.passed { // nothing more came with this read
			c.resolve()
		}
	}
}

func (c *yieldClient) take(line []byte) error {
	frame := new(Frame)
	if json.Unmarshal(line, frame) != nil {
		return nil
	}
	switch {
	case frame.Type == "inbound" && frame.Event != nil:
		c.handler.Event(frame.Event)
		if frame.BufferID != "" {
			return c.write(NewAck(frame.BufferID))
		}
	case frame.Type == "outbound_result" && frame.Reply != nil:
		c.replies = append(c.replies, *frame)
	}
	return nil
}

// resolve hands out the results of a read.
func (c *yieldClient) resolve() {
	if len(c.replies) == 0 {
		return
	}
	c.mu.Lock()
	for _, f := range c.replies {
		if w, ok := c.pending[f.RequestID]; ok {
			delete(c.pending, f.RequestID)
			w.verdict <- verdict{reply: *f.Reply}
		}
	}
	c.waiting.Store(int64(len(c.pending)))
	c.mu.Unlock()
	clear(c.replies)
	c.replies = c.replies[:0]
}

// Send implements Client.
func (c *yieldClient) Send(ctx context.Context, chat, text string) error {
	id, w := wire.NewRequestID(), waiters.Get().(*waiter)
	defer waiters.Put(w)
	w.deadline = time.Now().Add(RequestTimeout)
	if err := c.await(id, w); err != nil {
		return err
	}
	if err := c.write(NewRequest(id, chat, text)); err != nil {
		return c.cancel(id, w, err)
	}
	select {
	case v := <-w.verdict:
		return v.outcome()
	case <-ctx.Done():
		return c.cancel(id, w, ctx.Err())
	}
}

func (v verdict) outcome() error {
	if v.err != nil {
		return v.err
	}
	return outcome(v.reply, true)
}

// cancel fails a request with err, unless its outcome is already there.
func (c *yieldClient) cancel(id string, w *waiter, err error) error {
	c.mu.Lock()
	_, waits := c.pending[id]
	delete(c.pending, id)
	c.waiting.Store(int64(len(c.pending)))
	c.mu.Unlock()
	if waits {
		return err
	}
	return (<-w.verdict).outcome()
}

func (c *yieldClient) await(id string, w *waiter) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return ErrClosed
	case len(c.pending) >= maxPending:
		return ErrBusy
	}
	c.pending[id] = w
	c.waiting.Store(int64(len(c.pending)))
	return nil
}

func (c *yieldClient) write(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.writer.write(append(line, '\n'))
}

// sweep ends the requests that waited too long.
func (c *yieldClient) sweep() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			c.fail(ErrTimeout, func(w *waiter) bool { return now.After(w.deadline) })
		case <-c.ended:
			return
		}
	}
}

// fail ends the requests that match; with ErrClosed no other may begin.
func (c *yieldClient) fail(err error, match func(*waiter) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = c.closed || errors.Is(err, ErrClosed)
	for id, w := range c.pending {
		if match(w) {
			delete(c.pending, id)
			w.verdict <- verdict{err: err}
		}
	}
	c.waiting.Store(int64(len(c.pending)))
}

// Close implements Client.
func (c *yieldClient) Close() {
	_ = c.socket.Close()
	c.wg.Wait()
}
