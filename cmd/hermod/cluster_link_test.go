//go:build cluster

package main

import (
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// link passes TCP connections on: at once, late, or not at all.
type link struct {
	listener net.Listener
	to       string

	mu     sync.Mutex
	cut    bool
	slow   [2]time.Duration // the answers' delay, from and to
	random *rand.Rand
	conns  map[net.Conn]bool
}

func newLink(t *testing.T, to string) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	l := &link{listener: listener, to: to, conns: make(map[net.Conn]bool), random: rand.New(rand.NewPCG(1, 1))}
	t.Cleanup(func() {
		_ = listener.Close()
		l.set(true)
		l.set(false)
	})
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go l.pass(near)
		}
	}()
	return l
}

func (l *link) addr() string { return l.listener.Addr().String() }

// set cuts the link, or joins it again. What is under way then just stops, as when a network is cut: nobody is told.
func (l *link) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	if !cut {
		for conn := range l.conns {
			_ = conn.Close()
		}
		clear(l.conns)
	}
}

// delay has every answer come so much later, by a random time; zeros end that.
func (l *link) delay(from, to time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slow = [2]time.Duration{from, to}
}

func (l *link) isCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut
}

// lateness is that of an answer which comes now.
func (l *link) lateness() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.slow[1] == 0 {
		return 0
	}
	return l.slow[0] + time.Duration(l.random.Int64N(int64(l.slow[1]-l.slow[0])+1))
}

func (l *link) pass(near net.Conn) {
	l.mu.Lock()
	l.conns[near] = true
	l.mu.Unlock()
	if l.isCut() {
		return
	}
	far, err := net.Dial("tcp", l.to)
	if err != nil {
		_ = near.Close()
		return
	}
	l.mu.Lock()
	l.conns[far] = true
	l.mu.Unlock()
	answers := make(chan chunk, 1024)
	go func() {
		defer close(answers)
		l.copy(far, near, func(data []byte) bool {
			answers <- chunk{data: append([]byte(nil), data...), due: time.Now().Add(l.lateness())}
			return true
		})
	}()
	go func() {
		for a := range answers {
			<-time.After(time.Until(a.due)) // a later answer waits for an earlier one
			if _, err := near.Write(a.data); err != nil {
				_ = far.Close()
			}
		}
	}()
	l.copy(near, far, func(data []byte) bool {
		_, err := far.Write(data)
		return err == nil
	})
}

// chunk is bytes on their way.
type chunk struct {
	data []byte
	due  time.Time
}

// copy passes what comes on until either side ends, or the link is cut.
func (l *link) copy(from, to net.Conn, pass func([]byte) bool) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		switch {
		case l.isCut():
			return // neither passed on nor closed
		case err != nil:
			_ = to.Close()
			return
		case !pass(buffer[:n]):
			_ = from.Close()
			return
		}
	}
}
