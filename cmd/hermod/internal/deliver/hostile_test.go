package deliver

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// hostile is a connection of a receiver that means no good, and how much it got rid of.
type hostile struct {
	net.Conn
	sent atomic.Int64
}

func (h *hostile) Write(p []byte) (int, error) {
	n, err := h.Conn.Write(p)
	h.sent.Add(int64(n))
	return n, err
}

// again writes a text until nobody takes it any more, with a pause after each.
func (h *hostile) again(text string, pause time.Duration) {
	for {
		if _, err := io.WriteString(h, text); err != nil {
			return
		}
		time.Sleep(pause)
	}
}

func (h *hostile) readRequest() {
	request, err := http.ReadRequest(bufio.NewReader(h.Conn))
	if err == nil {
		_, _ = io.Copy(io.Discard, request.Body)
	}
}

// attack is how a receiver answers, and what it may achieve.
type attack struct {
	answer func(*hostile)
	taken  bool
	within time.Duration
	most   int64 // bytes
}

func (a attack) play(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		h := &hostile{Conn: far}
		var ended sync.WaitGroup
		ended.Go(func() { a.answer(h) })
		c := &crowd{t: t, poster: newPoster(fewPosts, func(context.Context, string, string) (net.Conn, error) {
			return near, nil
		})}
		c.poster.client.Transport.(*http.Transport).Proxy = nil
		began := time.Now()
		err := c.bot("hostile", "/", 30*time.Second, time.Hour).Inbound(background, inbound(t, "m", "7", 2))
		if took := time.Since(began); (err == nil) != a.taken || took > a.within {
			t.Errorf("after %v: %v", took, err)
		}
		if n := h.sent.Load(); n > a.most {
			t.Errorf("it sent %d bytes", n)
		}
		if err != nil && strings.Contains(err.Error(), "yyy") {
			t.Errorf("the error shows what it sent: %v", err)
		}
		must(t, c.closeBots())
		c.poster.client.CloseIdleConnections()
		_ = h.Close()
		ended.Wait()
	})
}

func TestNoReceiverHoldsAPostOrTheMemory(t *testing.T) {
	const taken, kibibyte = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", 1 << 10
	line := "X-" + strings.Repeat("y", kibibyte) + ": z\r\n"
	for name, tt := range map[string]attack{
		"its body comes byte by byte": {func(h *hostile) {
			h.readRequest()
			_, _ = io.WriteString(h, taken)
			h.again("x", time.Second)
		}, true, answerTime, kibibyte},
		"its body never comes": {func(h *hostile) {
			h.readRequest()
			_, _ = io.WriteString(h, taken)
		}, true, answerTime, kibibyte},
		"its body is huge": {func(h *hostile) {
			h.readRequest()
			_, _ = io.WriteString(h, taken)
			h.again(strings.Repeat("x", kibibyte), 0)
		}, true, 0, 2 * maxAnswer},
		"its head comes byte by byte": {func(h *hostile) {
			h.readRequest()
			h.again("H", time.Second)
		}, false, 30 * time.Second, kibibyte},
		"its head has no end": {func(h *hostile) {
			h.readRequest()
			_, _ = io.WriteString(h, "HTTP/1.1 200 OK\r\n")
			h.again(line, 0)
		}, false, 0, 2 * maxHead},
		"its head has no end, slowly": {func(h *hostile) {
			h.readRequest()
			_, _ = io.WriteString(h, "HTTP/1.1 200 OK\r\n")
			h.again(line, 5*time.Second)
		}, false, 30 * time.Second, 2 * maxHead},
		"it answers 1xx without end": {func(h *hostile) {
			h.readRequest()
			h.again("HTTP/1.1 103 Early Hints\r\n"+line+"\r\n", 0)
		}, false, 0, 2 * maxHead},
		"it answers 1xx without end, slowly": {func(h *hostile) {
			h.readRequest()
			h.again("HTTP/1.1 100 Continue\r\n\r\n", time.Second)
		}, false, 30 * time.Second, kibibyte},
		"it does not read the request": {func(*hostile) {}, false, 30 * time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) { tt.play(t) })
	}
}
