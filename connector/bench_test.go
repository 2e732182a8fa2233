package connector_test

import (
	"testing"
	"time"

	"github.com/gobwas/ws"

	"hermod/connector"
	"hermod/wire"
)

func BenchmarkInjectLive(b *testing.B) { benchInject(b, connector.Config{Live: true}, 1) }

func BenchmarkInjectBuffered(b *testing.B) {
	benchInject(b, connector.Config{}, 32)
}

// benchInject injects from several goroutines into a gateway that acknowledges what asks for it.
func benchInject(b *testing.B, cfg connector.Config, parallelism int) {
	c, g := benchPair(b, cfg)
	go func() {
		for {
			f, err := g.next()
			if err != nil {
				return
			}
			in, err := new(wire.Decoder).Inbound(f.Payload)
			if err != nil || in.BufferID == "" {
				continue
			}
			ack := ws.MaskFrame(ws.NewTextFrame(wire.AppendInboundAck(nil, in.BufferID)))
			if _, err := g.conn.Write(ws.MustCompileFrame(ack)); err != nil {
				return
			}
		}
	}()
	payload := event("a message of an ordinary length, as people write them")
	b.SetParallelism(parallelism)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Inject("", payload); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkOutboundRoundTrips64InFlight(b *testing.B) {
	_, g := benchPair(b, connector.Config{MaxRecords: 1000})
	line := ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame(wire.AppendOutbound(nil, "0123456789abcdef0123456789abcdef", wire.NewSend("c1", "hello"), "", ""))))
	slots := make(chan struct{}, 64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range b.N {
			if _, err := g.next(); err != nil {
				return
			}
			<-slots
		}
	}()
	b.ResetTimer()
	for range b.N {
		slots <- struct{}{}
		if _, err := g.conn.Write(line); err != nil {
			b.Fatal(err)
		}
	}
	<-done
}

// benchPair is a connector and a gateway of it that has said hello.
func benchPair(b *testing.B, cfg connector.Config) (*connector.Connector, *client) {
	b.Helper()
	c := start(b, cfg)
	g := greet(b, c, "")
	_ = g.conn.SetDeadline(time.Time{})
	b.Cleanup(g.leave)
	return c, g
}
