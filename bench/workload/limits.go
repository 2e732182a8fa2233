package workload

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/goccy/go-json"

	"hermod/wire"
)

// readOnly is a connection that one goroutine reads, and that sends nothing after its hello.
type readOnly struct {
	socket *socket
	wg     sync.WaitGroup
}

func (c *readOnly) Send(context.Context, string, string) error { return ErrNoRequests }

func (c *readOnly) Close() {
	_ = c.socket.Close()
	c.wg.Wait()
}

// reading is the Dial of a client that calls take for each message.
func reading(take func(message []byte, handler *Handler) error) Dial {
	return func(ctx context.Context, to Target, handler *Handler) (Client, error) {
		s, err := greetedSocket(ctx, to, blockSize)
		if err != nil {
			return nil, err
		}
		c := &readOnly{socket: s}
		c.wg.Go(func() {
			for {
				message, err := s.next()
				if err == nil {
					err = take(message, handler)
				}
				if err != nil {
					return
				}
			}
		})
		return c, nil
	}
}

// dialRaw only counts lines: the limit of the socket.
func dialRaw() Dial {
	return reading(func(message []byte, handler *Handler) error {
		handler.count("", uint64(bytes.Count(message, []byte{'\n'})))
		return nil
	})
}

// exactInbound is an inbound frame and nothing else, so that the decoder has the least work.
type exactInbound struct {
	Type     string `json:"type"`
	BufferID string `json:"bufferId"`
	Event    Event  `json:"event"`
}

// dialInline decodes each event in one pass and calls the handler, on the goroutine that reads. It has no other duty:
// no requests, no acknowledgements, no check of UTF-8, and a slow chat delays all others.
func dialInline() Dial {
	return reading(func(message []byte, handler *Handler) error {
		return eachLine(message, func(line []byte) error {
			frame := new(exactInbound) // the handler may keep it
			if err := json.Unmarshal(line, frame); err != nil {
				return fmt.Errorf("decode an event: %w", err)
			}
			handler.Event(&frame.Event)
			return nil
		})
	})
}

// dialInlineReuse is dialInline for a handler that keeps nothing: one event is reused, and its strings lie in the read
// buffer. It is the lowest cost of a full decode, and the counterpart of an engine whose handler releases its events.
func dialInlineReuse() Dial {
	return func(ctx context.Context, to Target, handler *Handler) (Client, error) {
		frame := new(exactInbound) // of this connection
		return reading(func(message []byte, handler *Handler) error {
			return eachLine(message, func(line []byte) error {
				*frame = exactInbound{}
				if err := json.UnmarshalWithOption(line, frame, json.DecodeNoCopyString()); err != nil {
					return fmt.Errorf("decode an event: %w", err)
				}
				handler.Event(&frame.Event)
				return nil
			})
		})(ctx, to, handler)
	}
}

// dialInlineWire is dialInline with the engine's own decoder, which checks UTF-8 and names and keeps unknown fields.
// What the engine costs beyond this is the cost of its actors.
func dialInlineWire() Dial {
	return reading(func(message []byte, handler *Handler) error {
		var decoder wire.Decoder
		return eachLine(message, func(line []byte) error {
			frame, err := decoder.Inbound(line)
			if err != nil {
				return err
			}
			handler.Chat(context.Background(), frame.Event.Source.ChatID)
			return nil
		})
	})
}

func eachLine(message []byte, do func(line []byte) error) error {
	for len(message) > 0 {
		line, rest, _ := bytes.Cut(message, []byte{'\n'})
		if err := do(line); err != nil {
			return err
		}
		message = rest
	}
	return nil
}

// dialBare dials with gobwas, says hello and takes the descriptor: the least that opens a session. It keeps the
// connection and reads no more.
func dialBare(ctx context.Context, to Target, _ *Handler) (Client, error) {
	s, err := greetedSocket(ctx, to, 512)
	if err != nil {
		return nil, err
	}
	return &readOnly{socket: s}, nil
}
