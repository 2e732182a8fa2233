package main

import (
	"context"
	"sync"

	"github.com/goccy/go-json"
	"github.com/lxzan/gws"

	"hermod/bench/workload"
)

// fast is goccy/go-json, a usual companion of gws where speed matters.
var fast = codec{json.Marshal, json.Unmarshal}

// socket is lxzan/gws with goccy/go-json. The library locks its writes itself, and answers no ping unless told to.
type socket struct {
	gws.BuiltinEventHandler
	conn    *gws.Conn
	session *session
	reading sync.WaitGroup
}

func dialGWS(ctx context.Context, to workload.Target, handler *workload.Handler) (workload.Client, error) {
	g := &socket{session: newSession(fast, handler)}
	conn, _, err := gws.NewClient(g, &gws.ClientOption{Addr: to.URL, ReadBufferSize: readBuffer})
	if err != nil {
		return nil, err
	}
	g.conn, g.session.transport = conn, g
	g.reading.Go(func() {
		defer g.session.end()
		conn.ReadLoop()
	})
	return g.session.begin(ctx)
}

// OnMessage implements gws.Event.
func (g *socket) OnMessage(conn *gws.Conn, message *gws.Message) {
	err := g.session.received(message.Bytes())
	_ = message.Close()
	if err != nil {
		_ = conn.NetConn().Close()
	}
}

// OnPing implements gws.Event.
func (g *socket) OnPing(conn *gws.Conn, payload []byte) { _ = conn.WritePong(payload) }

func (g *socket) write(_ context.Context, message []byte) error {
	return g.conn.WriteMessage(gws.OpcodeText, message)
}

func (g *socket) close() {
	_ = g.conn.NetConn().Close()
	g.reading.Wait()
}
