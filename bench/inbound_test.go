package main_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/gobwas/ws"
	"github.com/goccy/go-json"

	"hermod/actors"
	"hermod/wire"
)

// BenchmarkInbound carries events from the socket to a handler.
func BenchmarkInbound(b *testing.B) {
	for name, size := range map[string]int{"420B": 420, "4KiB": 4096} {
		b.Run(name, func(b *testing.B) {
			var handled atomic.Int64
			enough := make(chan struct{})
			count := func(_ context.Context, d *actors.Inbound) error {
				d.Release()
				if handled.Add(1) == int64(b.N) {
					close(enough)
				}
				return nil
			}
			p := startPeer(b, flood(size))
			b.ReportAllocs()
			b.SetBytes(int64(size))
			b.ResetTimer()
			report := reportCPU(b)
			stop := spawn(b, p.url(), count)
			<-enough
			b.StopTimer()
			report()
			stop()
		})
	}
}

// BenchmarkInboundAlone carries events that come one at a time, as those of a quiet chat do.
func BenchmarkInboundAlone(b *testing.B) {
	next, handled := make(chan struct{}), make(chan struct{})
	line := textFrame(inboundLine(420, 0))
	p := startPeer(b, func(conn net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		err := greet(conn)
		for range next {
			if err == nil {
				_, err = conn.Write(line)
			}
		}
	})
	stop := spawn(b, p.url(), func(_ context.Context, d *actors.Inbound) error {
		d.Release()
		handled <- struct{}{}
		return nil
	})
	b.ReportAllocs()
	report := reportCPU(b)
	for b.Loop() {
		next <- struct{}{}
		<-handled
	}
	report()
	close(next)
	stop()
}

// BenchmarkInboundQuiet carries events that come one at a time, each over the connection that was silent for longest.
func BenchmarkInboundQuiet(b *testing.B) {
	const relays = 8000
	conns, handled := make(chan net.Conn, relays), make(chan struct{})
	p := startPeer(b, func(conn net.Conn) {
		if greet(conn) == nil {
			conns <- conn
			_, _ = io.Copy(io.Discard, conn)
		}
	})
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		b.Fatal(err)
	}
	for i := range relays {
		_, err := engine.Spawn(fmt.Sprint(i), actors.Config{URL: p.url(), Handlers: actors.Handlers{
			Inbound: func(_ context.Context, d *actors.Inbound) error {
				d.Release()
				handled <- struct{}{}
				return nil
			}}, Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}}})
		if err != nil {
			b.Fatal(err)
		}
	}
	line := textFrame(inboundLine(420, 0))
	quiet := make([]net.Conn, relays)
	for i := range quiet {
		quiet[i] = <-conns
	}
	next := 0
	carry := func() {
		_, _ = quiet[next%relays].Write(line)
		<-handled
		next++
	}
	for range 2 * relays {
		carry()
	}
	b.ReportAllocs()
	report := reportCPU(b)
	for b.Loop() {
		carry()
	}
	report()
	_ = engine.Close(context.Background())
}

// BenchmarkInboundInline is what an engine without actors could do on one goroutine: read, and decode each event.
func BenchmarkInboundInline(b *testing.B) {
	for name, size := range map[string]int{"420B": 420, "4KiB": 4096} {
		b.Run(name, func(b *testing.B) {
			p := startPeer(b, flood(size))
			b.ReportAllocs()
			b.SetBytes(int64(size))
			conn, early, _, err := ws.Dial(context.Background(), p.url())
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			var source io.Reader = conn
			if early != nil {
				source = io.MultiReader(early, conn)
			}
			reader := bufio.NewReaderSize(source, 64<<10)
			buffer := make([]byte, 64<<10)
			b.ResetTimer()
			defer reportCPU(b)()
			for range b.N + 1 { // the descriptor comes first
				header, err := ws.ReadHeader(reader)
				if err != nil {
					b.Fatal(err)
				}
				line := buffer[:header.Length]
				if _, err := io.ReadFull(reader, line); err != nil {
					b.Fatal(err)
				}
				var frame plainInbound
				if err := json.Unmarshal(line, &frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// plainInbound is the least that decodes an event in one pass.
type plainInbound struct {
	Type     string `json:"type"`
	BufferID string `json:"bufferId"`
	Event    struct {
		Text        string   `json:"text"`
		MessageType string   `json:"message_type"`
		MessageID   string   `json:"message_id"`
		MediaURLs   []string `json:"media_urls"`
		Source      struct {
			Platform  string `json:"platform"`
			ChatID    string `json:"chat_id"`
			ChatType  string `json:"chat_type"`
			ChatName  string `json:"chat_name"`
			UserID    string `json:"user_id"`
			UserName  string `json:"user_name"`
			ThreadID  string `json:"thread_id"`
			ChatTopic string `json:"chat_topic"`
			MessageID string `json:"message_id"`
			GuildID   string `json:"guild_id"`
		} `json:"source"`
	} `json:"event"`
}

// spawn starts an engine with one relay and returns how to end it.
func spawn(b *testing.B, url string, inbound func(context.Context, *actors.Inbound) error) (stop func()) {
	b.Helper()
	_, stop = spawnRelay(b, url, inbound)
	return stop
}

func spawnRelay(
	b *testing.B, url string, inbound func(context.Context, *actors.Inbound) error,
) (*actors.Relay, func()) {
	b.Helper()
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		b.Fatal(err)
	}
	relay, err := engine.Spawn("bot", actors.Config{URL: url, Handlers: actors.Handlers{Inbound: inbound},
		Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}}})
	if err != nil {
		b.Fatal(err)
	}
	return relay, func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // the flood never ends, so there is nothing to drain
		_ = engine.Close(ctx)
	}
}
