package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hermod/bench/workload"
	"hermod/wire"
)

// transport carries messages. write may be called from many goroutines.
type transport interface {
	write(ctx context.Context, message []byte) error
	// close ends the connection and waits for the goroutine that reads it.
	close()
}

// codec is a JSON package.
type codec struct {
	marshal   func(v any) ([]byte, error)
	unmarshal func(data []byte, v any) error
}

// session is a connection's state beside its transport.
type session struct {
	transport
	codec   codec
	handler *workload.Handler
	lines   workload.Lines
	greeted chan struct{} // closed at the descriptor
	greet   sync.Once

	mu      sync.Mutex
	pending map[string]chan workload.Reply
	closed  bool
	ended   chan struct{} // closed with the connection
}

func newSession(codec codec, handler *workload.Handler) *session {
	return &session{codec: codec, handler: handler, greeted: make(chan struct{}), ended: make(chan struct{}),
		pending: map[string]chan workload.Reply{}}
}

// begin says hello and waits for the descriptor.
func (s *session) begin(ctx context.Context) (workload.Client, error) {
	err := s.send(ctx, workload.NewHello())
	if err == nil {
		select {
		case <-s.greeted:
			return s, nil
		case <-s.ended:
			err = workload.ErrClosed
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	s.Close()
	return nil, fmt.Errorf("say hello: %w", err)
}

// received handles a message. The slice belongs to the transport's reader again after the return.
func (s *session) received(message []byte) error { return s.lines.Each(message, s.take) }

// take handles a frame. A frame that cannot be decoded is skipped.
func (s *session) take(line []byte) error {
	frame := new(workload.Frame)
	if s.codec.unmarshal(line, frame) != nil {
		return nil
	}
	switch {
	case frame.Type == "inbound" && frame.Event != nil:
		s.handler.Event(frame.Event)
		if frame.BufferID != "" {
			return s.send(context.Background(), workload.NewAck(frame.BufferID))
		}
	case frame.Type == "outbound_result" && frame.Reply != nil:
		if waiter, ok := s.forget(frame.RequestID); ok {
			waiter <- *frame.Reply
		}
	case frame.Type == "descriptor":
		s.greet.Do(func() { close(s.greeted) })
	}
	return nil
}

// Send implements workload.Client.
func (s *session) Send(ctx context.Context, chat, text string) error {
	id, waiter := wire.NewRequestID(), make(chan workload.Reply, 1)
	if err := s.await(id, waiter); err != nil {
		return err
	}
	defer s.forget(id)
	if err := s.send(ctx, workload.NewRequest(id, chat, text)); err != nil {
		return err
	}
	timer := time.NewTimer(workload.RequestTimeout)
	defer timer.Stop()
	select {
	case reply, ok := <-waiter:
		return outcome(reply, ok)
	case <-timer.C:
		return workload.ErrTimeout
	case <-ctx.Done():
		return ctx.Err()
	}
}

func outcome(reply workload.Reply, ok bool) error {
	switch {
	case !ok:
		return workload.ErrClosed
	case !reply.Success:
		return fmt.Errorf("send: %w", errors.New(reply.Error))
	}
	return nil
}

func (s *session) send(ctx context.Context, v any) error {
	line, err := s.codec.marshal(v)
	if err != nil {
		return err
	}
	return s.write(ctx, append(line, '\n'))
}

func (s *session) await(id string, waiter chan workload.Reply) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return workload.ErrClosed
	}
	s.pending[id] = waiter
	return nil
}

// forget removes a request; ok is false if it was resolved already.
func (s *session) forget(id string) (waiter chan workload.Reply, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiter, ok = s.pending[id]
	delete(s.pending, id)
	return waiter, ok
}

// end ends every waiter with the connection. The transport's reader calls it, once.
func (s *session) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for id, waiter := range s.pending {
		close(waiter)
		delete(s.pending, id)
	}
	close(s.ended)
}

// Close implements workload.Client.
func (s *session) Close() { s.close() }
