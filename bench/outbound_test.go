package main_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/gobwas/ws"
	"github.com/goccy/go-json"

	"hermod/actors"
	"hermod/wire"
)

var inFlight = []int{1, 64, 1024}

// BenchmarkOutbound carries requests from Send to their results, so many at a time.
func BenchmarkOutbound(b *testing.B) {
	for _, n := range inFlight {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := startPeer(b, answer)
			relay, stop := spawnRelay(b, p.url(), func(context.Context, *actors.Inbound) error { return nil })
			defer stop()
			if _, err := relay.Handshake(context.Background()); err != nil {
				b.Fatal(err)
			}
			before := relay.Status().Counters.Writes
			b.ReportAllocs()
			inParallel(b, n, func() error {
				_, err := relay.Send(context.Background(), wire.NewSend("chat-1", "a short answer"))
				return err
			})
			b.ReportMetric(float64(relay.Status().Counters.Writes-before)/float64(b.N), "writes/op")
		})
	}
}

// BenchmarkOutboundMutex does the same with goroutines and a locked map.
func BenchmarkOutboundMutex(b *testing.B) {
	for _, n := range inFlight {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := startPeer(b, answer)
			client, err := dialMutex(p.url())
			if err != nil {
				b.Fatal(err)
			}
			defer client.conn.Close()
			b.ReportAllocs()
			inParallel(b, n, func() error { return client.send("chat-1", "a short answer") })
		})
	}
}

func inParallel(b *testing.B, n int, call func() error) {
	b.ResetTimer()
	defer reportCPU(b)()
	var wg sync.WaitGroup
	for worker := range n {
		wg.Go(func() {
			for range b.N/n + min(1, max(0, b.N%n-worker)) {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
}

// mutexClient is the usual client: a locked map of waiters, a locked socket, one write per frame.
type mutexClient struct {
	conn    net.Conn
	reader  *bufio.Reader
	writing sync.Mutex
	mu      sync.Mutex
	pending map[string]chan mutexResult
}

type mutexResult struct {
	RequestID string `json:"requestId"`
	Result    struct {
		Success   bool   `json:"success"`
		MessageID string `json:"message_id"`
	} `json:"result"`
}

func dialMutex(url string) (*mutexClient, error) {
	conn, early, _, err := ws.Dial(context.Background(), url)
	if err != nil {
		return nil, err
	}
	var source io.Reader = conn
	if early != nil {
		source = io.MultiReader(early, conn)
	}
	c := &mutexClient{conn: conn, reader: bufio.NewReaderSize(source, 64<<10), pending: map[string]chan mutexResult{}}
	go c.read()
	return c, nil
}

func (c *mutexClient) read() {
	buffer := make([]byte, 64<<10)
	for {
		header, err := ws.ReadHeader(c.reader)
		if err != nil {
			return
		}
		if _, err := io.ReadFull(c.reader, buffer[:header.Length]); err != nil {
			return
		}
		var r mutexResult
		if json.Unmarshal(buffer[:header.Length], &r) != nil {
			continue
		}
		c.mu.Lock()
		reply := c.pending[r.RequestID]
		delete(c.pending, r.RequestID)
		c.mu.Unlock()
		if reply != nil {
			reply <- r
		}
	}
}

func (c *mutexClient) send(chat, text string) error {
	id := wire.NewRequestID()
	line, err := json.Marshal(map[string]any{"type": "outbound", "requestId": id,
		"action": map[string]string{"op": "send", "chat_id": chat, "content": text}})
	if err != nil {
		return err
	}
	reply := make(chan mutexResult, 1)
	c.mu.Lock()
	c.pending[id] = reply
	c.mu.Unlock()
	c.writing.Lock()
	frame := ws.MaskFrameInPlace(ws.NewTextFrame(append(line, '\n')))
	_, err = c.conn.Write(ws.MustCompileFrame(frame))
	c.writing.Unlock()
	if err != nil {
		return err
	}
	<-reply
	return nil
}
