package workload

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/goccy/go-json"

	"hermod/wire"
)

// mutexClient is the usual client, well made: a goroutine that reads, decodes in one pass and calls the handler, a
// locked map of waiters, and one locked write per frame, encoded and masked by its caller.
//
// Its duties: correlation, a timeout for each request (a pooled timer), typed events and results, acknowledgements,
// pongs, and ending every waiter with the connection. It has no lanes: a slow handler delays all chats. It does not
// reconnect.
type mutexClient struct {
	socket  *socket
	handler *Handler
	wg      sync.WaitGroup

	writing sync.Mutex

	mu      sync.Mutex
	pending map[string]chan Reply
	closed  bool
}

func dialMutex(ctx context.Context, to Target, handler *Handler) (Client, error) {
	s, err := greetedSocket(ctx, to, blockSize)
	if err != nil {
		return nil, err
	}
	c := &mutexClient{socket: s, handler: handler, pending: map[string]chan Reply{}}
	c.wg.Go(func() {
		_ = c.read()
		c.fail()
	})
	return c, nil
}

func (c *mutexClient) read() error {
	var lines Lines
	for {
		message, err := c.socket.next()
		if err != nil {
			return err
		}
		if err := lines.Each(message, c.take); err != nil {
			return err
		}
	}
}

// take handles a frame. A frame that cannot be decoded is skipped.
func (c *mutexClient) take(line []byte) error {
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
		if waiter, ok := c.forget(frame.RequestID); ok {
			waiter <- *frame.Reply
		}
	}
	return nil
}

// Send implements Client.
func (c *mutexClient) Send(ctx context.Context, chat, text string) error {
	id, waiter := wire.NewRequestID(), make(chan Reply, 1)
	if err := c.await(id, waiter); err != nil {
		return err
	}
	if err := c.write(NewRequest(id, chat, text)); err != nil {
		c.forget(id)
		return err
	}
	timer := startTimer(RequestTimeout)
	defer timers.Put(timer)
	defer timer.Stop()
	select {
	case reply, ok := <-waiter:
		return outcome(reply, ok)
	case <-timer.C:
		c.forget(id)
		return ErrTimeout
	case <-ctx.Done():
		c.forget(id)
		return ctx.Err()
	}
}

func outcome(reply Reply, ok bool) error {
	switch {
	case !ok:
		return ErrClosed
	case !reply.Success:
		return fmt.Errorf("send: %w", errors.New(reply.Error))
	}
	return nil
}

func (c *mutexClient) await(id string, waiter chan Reply) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return ErrClosed
	case len(c.pending) >= maxPending:
		return ErrBusy
	}
	c.pending[id] = waiter
	return nil
}

// forget removes a request; ok is false if it was resolved already.
func (c *mutexClient) forget(id string) (waiter chan Reply, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	waiter, ok = c.pending[id]
	delete(c.pending, id)
	return waiter, ok
}

func (c *mutexClient) write(v any) error {
	frame, err := textFrame(v)
	if err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err = c.socket.Write(frame)
	return err
}

// fail ends every waiter with the connection.
func (c *mutexClient) fail() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for id, waiter := range c.pending {
		close(waiter)
		delete(c.pending, id)
	}
}

// Close implements Client.
func (c *mutexClient) Close() {
	_ = c.socket.Close()
	c.wg.Wait()
}

// maxPending is the engine's default bound.
const maxPending = 4096

var timers = sync.Pool{New: func() any { return time.NewTimer(time.Hour) }}

// startTimer takes a pooled timer, which is stopped before it is put back.
func startTimer(d time.Duration) *time.Timer {
	timer := timers.Get().(*time.Timer)
	timer.Reset(d)
	return timer
}
