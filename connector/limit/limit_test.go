package limit_test

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/connector/limit"
)

// pipes is a listener in memory.
type pipes struct{ conns chan net.Conn }

func (p pipes) Accept() (net.Conn, error) {
	if conn, ok := <-p.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{} }

// world is a bounded server in memory.
type world struct {
	t     *testing.T
	conns chan net.Conn
	serve http.HandlerFunc
}

// inBubble runs a test in virtual time against a server with at most that many connections.
func inBubble(t *testing.T, most int, serve http.HandlerFunc, test func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, conns: make(chan net.Conn), serve: serve}
		answer := func(rw http.ResponseWriter, r *http.Request) { w.serve(rw, r) }
		server := &http.Server{Handler: http.HandlerFunc(answer), ErrorLog: log.New(io.Discard, "", 0)}
		ln := limit.Guard(server, pipes{w.conns}, most)
		go func() { _ = server.Serve(ln) }()
		test(w)
		close(w.conns)
		_ = server.Close()
		time.Sleep(time.Second) // the server lingers where a body was cut off
	})
}

// client is one connection.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// dial returns once the server has taken the connection.
func (w *world) dial() *client {
	near, far := net.Pipe()
	w.t.Cleanup(func() { _ = near.Close() })
	w.conns <- far
	synctest.Wait()
	return &client{w.t, near, bufio.NewReader(near)}
}

// send writes in the background: a server that does not read shall not hold the test up.
func (c *client) send(text string) {
	go func() { _, _ = io.WriteString(c.conn, text) }()
	synctest.Wait()
}

// status reads an answer with its body; 0 says that the connection is over.
func (c *client) status() int {
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

func (c *client) wantEndAfter(want time.Duration) {
	c.t.Helper()
	begun := time.Now()
	_, err := io.Copy(io.Discard, c.in)
	if took := time.Since(begun); err != nil || took != want {
		c.t.Errorf("the connection ended after %v, want %v (%v)", took, want, err)
	}
}

const (
	get  = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
	post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n"
)

// readAll answers 200 to a body that came and 408 to one that did not.
func readAll(w http.ResponseWriter, r *http.Request) {
	if _, err := io.ReadAll(r.Body); err != nil {
		w.WriteHeader(http.StatusRequestTimeout)
	}
}

func TestAClientHasLimitedTimeForEachPartOfARequest(t *testing.T) {
	for name, tt := range map[string]struct {
		sent string
		want time.Duration
	}{
		"nothing":         {"", 10 * time.Second},
		"half a head":     {"GET / HTTP/1.1\r\nHo", 10 * time.Second},
		"half a body":     {post + "12345", 31 * time.Second}, // one of them for the rest, after the answer
		"no next request": {get, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 8, readAll, func(w *world) {
				c := w.dial()
				c.send(tt.sent)
				c.wantEndAfter(tt.want)
			})
		})
	}
}

func TestAnAnswerDoesNotWaitForABodyThatNobodyReads(t *testing.T) {
	refuse := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusUnauthorized)
	}
	inBubble(t, 8, refuse, func(w *world) {
		c := w.dial()
		begun := time.Now()
		c.send(post)
		if status := c.status(); status != http.StatusUnauthorized || time.Since(begun) != 0 {
			t.Errorf("answered %d after %v", status, time.Since(begun))
		}
		c.wantEndAfter(time.Second)
	})
}

func TestNoPartOfABodyIsTakenForARequest(t *testing.T) {
	served := 0
	inBubble(t, 8, func(http.ResponseWriter, *http.Request) { served++ }, func(w *world) {
		c := w.dial()
		c.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat(" ", 256<<10) + get)
		for i := range 2 {
			if status := c.status(); (status == http.StatusOK) != (i == 0) {
				t.Errorf("answer %d is %d", i, status)
			}
		}
		d := w.dial()
		d.send(post + "0123456789" + get)
		if first, second := d.status(), d.status(); first != http.StatusOK || second != http.StatusOK {
			t.Errorf("answered %d and %d", first, second)
		}
	})
	if served != 3 {
		t.Errorf("served %d requests", served)
	}
}

func TestAHandlerHasAllItsTime(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request) {
		readAll(w, r)
		select {
		case <-time.After(time.Hour):
		case <-r.Context().Done():
			w.WriteHeader(http.StatusTeapot)
		}
	}
	for _, request := range []string{get, post + "0123456789"} {
		inBubble(t, 8, slow, func(w *world) {
			c := w.dial()
			c.send(request)
			if status := c.status(); status != http.StatusOK {
				t.Errorf("answered %d", status)
			}
		})
	}
}

func TestAReaderThatStallsIsDroppedAndOneThatReadsIsNot(t *testing.T) {
	const size = 1 << 20
	inBubble(t, 8, nil, func(w *world) {
		ended := make(chan error, 1)
		w.serve = func(w http.ResponseWriter, _ *http.Request) {
			_, err := w.Write(make([]byte, size))
			ended <- err
		}
		begun := time.Now()
		w.dial().send(get)
		if err := <-ended; err == nil || time.Since(begun) != 30*time.Second {
			t.Errorf("the stalled reader ended after %v: %v", time.Since(begun), err)
		}
		c := w.dial()
		c.send(get)
		got := 0
		for piece := make([]byte, 32<<10); got < size; time.Sleep(10 * time.Second) {
			n, err := c.in.Read(piece)
			if err != nil {
				t.Fatalf("dropped after %d bytes and %v: %v", got, time.Since(begun), err)
			}
			got += n
		}
	})
}

func TestAHandlersOwnDeadlineHoldsBesides(t *testing.T) {
	inBubble(t, 8, nil, func(w *world) {
		ended := make(chan error, 1)
		w.serve = func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(5 * time.Second))
			_, err := w.Write(make([]byte, 1<<20))
			ended <- err
		}
		begun := time.Now()
		w.dial().send(get)
		if err := <-ended; err == nil || time.Since(begun) != 5*time.Second {
			t.Errorf("ended after %v: %v", time.Since(begun), err)
		}
	})
}

func TestConnectionsWithoutARequestKeepNobodyOut(t *testing.T) {
	inBubble(t, 4, readAll, func(w *world) {
		var idle []*client
		for range 20 {
			c := w.dial()
			c.send(post)
			idle = append(idle, c)
			d := w.dial()
			d.send(get)
			if status := d.status(); status != http.StatusOK {
				t.Fatalf("answered %d after %d idle connections", status, len(idle))
			}
		}
		begun := time.Now()
		for i, c := range idle[:len(idle)-4] {
			if status := c.status(); status != 0 || time.Since(begun) != 0 {
				t.Errorf("connection %d was answered %d after %v", i, status, time.Since(begun))
			}
		}
	})
}

func TestABurstOfClientsIsServedWhole(t *testing.T) {
	const bound, clients = 4, 60
	inBubble(t, bound, readAll, func(w *world) {
		served := make(chan int, clients)
		for range clients {
			go func() {
				near, far := net.Pipe()
				defer func() { _ = near.Close() }()
				w.conns <- far
				time.Sleep(400 * time.Millisecond) // it is a busy machine
				c := &client{w.t, near, bufio.NewReader(near)}
				go func() { _, _ = io.WriteString(near, post+"0123456789") }()
				served <- c.status()
			}()
		}
		for i := range clients {
			if status := <-served; status != http.StatusOK {
				t.Errorf("client %d was answered %d", i, status)
			}
		}
	})
}

func TestConnectionsThatAreAnsweredKeepTheirPlace(t *testing.T) {
	inBubble(t, 2, nil, func(w *world) {
		release := make(chan struct{})
		w.serve = func(_ http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				limit.Trust(r)
			}
			<-release
		}
		first, second := w.dial(), w.dial()
		first.send(get)
		second.send(post)
		for range 3 {
			w.dial().wantEndAfter(500 * time.Millisecond)
		}
		close(release)
		if a, b := first.status(), second.status(); a != http.StatusOK || b != http.StatusOK {
			t.Errorf("answered %d and %d", a, b)
		}
		third := w.dial()
		third.send(get)
		if status := third.status(); status != http.StatusOK {
			t.Errorf("answered %d once there was room", status)
		}
	})
}

func TestAHijackedConnectionIsItsOwn(t *testing.T) {
	inBubble(t, 1, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/hijack" {
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			time.Sleep(time.Hour)
			_, _ = fmt.Fprint(conn, "HTTP/1.1 299 Late\r\nContent-Length: 0\r\n\r\n")
			_ = conn.Close()
		}()
	}, func(w *world) {
		for range 2 { // neither counts
			c := w.dial()
			c.send("GET /hijack HTTP/1.1\r\nHost: h\r\n\r\n")
			time.Sleep(time.Hour + 30*time.Minute) // long after the write began
			if status := c.status(); status != 299 {
				t.Errorf("the hijacked connection said %d", status)
			}
		}
		c := w.dial()
		c.send(get)
		if status := c.status(); status != http.StatusOK {
			t.Errorf("answered %d", status)
		}
	})
}

func TestNothingFollowsARequestOfUnclearLength(t *testing.T) {
	inBubble(t, 8, readAll, func(w *world) {
		c := w.dial()
		c.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get)
		if status := c.status(); status != http.StatusOK {
			t.Errorf("answered %d", status)
		}
		c.wantEndAfter(0)
	})
}
