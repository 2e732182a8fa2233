package main

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"

	"github.com/gorilla/websocket"

	"hermod/bench/workload"
)

// standard is encoding/json.
var standard = codec{json.Marshal, json.Unmarshal}

// readBuffer is what each library may read at once.
const readBuffer = 64 << 10

// gorilla is the most common pair: gorilla/websocket and encoding/json. It reads each message into one buffer that it
// keeps, which is faster than ReadMessage.
type gorilla struct {
	conn    *websocket.Conn
	writing sync.Mutex // the library allows one writer at a time
	reading sync.WaitGroup
}

func dialGorilla(ctx context.Context, to workload.Target, handler *workload.Handler) (workload.Client, error) {
	dialer := websocket.Dialer{ReadBufferSize: readBuffer}
	conn, _, err := dialer.DialContext(ctx, to.URL, nil)
	if err != nil {
		return nil, err
	}
	g, s := &gorilla{conn: conn}, newSession(standard, handler)
	s.transport = g
	g.reading.Go(func() {
		defer s.end()
		_ = g.read(s)
	})
	return s.begin(ctx)
}

func (g *gorilla) read(s *session) error {
	var message bytes.Buffer
	for {
		_, reader, err := g.conn.NextReader()
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

func (g *gorilla) write(_ context.Context, message []byte) error {
	g.writing.Lock()
	defer g.writing.Unlock()
	return g.conn.WriteMessage(websocket.TextMessage, message)
}

func (g *gorilla) close() {
	_ = g.conn.Close()
	g.reading.Wait()
}
