package main

import (
	"context"
	"fmt"

	"github.com/lesismal/nbio/logging"
	"github.com/lesismal/nbio/nbhttp"
	"github.com/lesismal/nbio/nbhttp/websocket"

	"hermod/bench/workload"
)

// nbioKind is an engine of lesismal/nbio for all connections: a poller that waits for them with epoll and reads what is
// ready, so that none has a goroutine. execute is what runs handlers; nil is nbio's own pool of goroutines, where one
// that waits holds up its connection only.
func nbioKind(execute func(f func()), more ...string) workload.Kind {
	open := func() (workload.Dial, func(), error) {
		logging.SetLevel(logging.LevelNone) // it would write to standard output
		// One poller is nbio's own choice on up to seven cores, and was cheaper than two at every number of connections.
		engine := nbhttp.NewEngine(nbhttp.Config{NPoller: 1, ServerExecutor: execute})
		if err := engine.Start(); err != nil {
			return nil, nil, fmt.Errorf("start the poller: %w", err)
		}
		return nbioDial(engine), engine.Stop, nil
	}
	return workload.Kind{Open: open, Scenarios: append(more, workload.Spread)}
}

// onPoller runs handlers on the poller, which is cheapest: one that waits holds up every connection.
func onPoller(f func()) { f() }

func nbioDial(engine *nbhttp.Engine) workload.Dial {
	options := nbioOptions(engine)
	return func(ctx context.Context, to workload.Target, handler *workload.Handler) (workload.Client, error) {
		dialer := websocket.Dialer{Engine: engine, Options: options}
		conn, _, err := dialer.DialContext(ctx, to.URL, nil)
		if err != nil {
			return nil, err
		}
		s := newSession(fast, handler)
		s.transport = nbio{conn, s.ended}
		conn.SetSession(s)
		return s.begin(ctx)
	}
}

// nbioOptions are what all connections share. Like the other clients, they wait for a silent peer without a deadline.
func nbioOptions(engine *nbhttp.Engine) *websocket.Options {
	o := websocket.NewOptions()
	o.Engine, o.KeepaliveTime = engine, 0
	o.OnMessagePtr(func(conn *websocket.Conn, _ websocket.MessageType, message *[]byte) {
		err := conn.Session().(*session).received(*message)
		engine.BodyAllocator.Free(message) // nbio does it by itself for a server's connections only
		if err != nil {
			_ = conn.Close()
		}
	})
	o.OnClose(func(conn *websocket.Conn, _ error) {
		if s, ok := conn.Session().(*session); ok {
			s.end()
		}
	})
	return o
}

// nbio is one connection.
type nbio struct {
	conn  *websocket.Conn
	ended <-chan struct{}
}

func (n nbio) write(_ context.Context, message []byte) error {
	return n.conn.WriteMessage(websocket.TextMessage, message)
}

func (n nbio) close() {
	_ = n.conn.Close()
	<-n.ended
}
