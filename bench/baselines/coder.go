package main

import (
	"bytes"
	"context"
	"sync"

	"github.com/coder/websocket"

	"hermod/bench/workload"
)

// coder is coder/websocket and encoding/json. The library locks its writes itself.
type coder struct {
	conn    *websocket.Conn
	reading sync.WaitGroup
}

func dialCoder(ctx context.Context, to workload.Target, handler *workload.Handler) (workload.Client, error) {
	conn, _, err := websocket.Dial(ctx, to.URL, nil)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(-1)
	c, s := &coder{conn: conn}, newSession(standard, handler)
	s.transport = c
	c.reading.Go(func() {
		defer s.end()
		_ = c.read(s)
	})
	return s.begin(ctx)
}

func (c *coder) read(s *session) error {
	var message bytes.Buffer
	for {
		_, reader, err := c.conn.Reader(context.Background())
		if err != nil {
			return err
		}
		message.Reset()
		if _, err := message.ReadFrom(reader); err != nil {
			return err
		}
		if err := s.received(message.Bytes()); err != nil {
			return err
		}
	}
}

func (c *coder) write(ctx context.Context, message []byte) error {
	return c.conn.Write(ctx, websocket.MessageText, message)
}

func (c *coder) close() {
	_ = c.conn.CloseNow()
	c.reading.Wait()
}
