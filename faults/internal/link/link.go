package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/Shopify/toxiproxy/v2/stream"
	"github.com/rs/zerolog"
)

// dialTime bounds the dial of the far end.
const dialTime = time.Second

// Link listens, and connects whoever dials to the far end. Its methods may be called from any goroutine.
type Link struct {
	far    string
	ln     net.Listener
	server *toxiproxy.ApiServer
	toxics *toxiproxy.ToxicCollection

	mu      sync.Mutex
	numbers int
	pairs   map[*pair]struct{}
	refuses bool // new connections are reset
	added   []string
	arming  arming
}

// arming is what connections that are opened from now on are to do.
type arming struct {
	cutAfter  int  // bytes in both directions, until a reset; 0 never
	closeDies bool // a close frame is followed by a reset
}

// Open begins to listen at near, HOST:PORT, for connections to far.
func Open(near, far string) (*Link, error) {
	ln, err := net.Listen("tcp", near)
	if err != nil {
		return nil, fmt.Errorf("open a link: %w", err)
	}
	zerolog.SetGlobalLevel(zerolog.Disabled) // toxics log to its global logger
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, "link", near, far)
	l := &Link{far: far, ln: ln, server: server, toxics: proxy.Toxics, pairs: make(map[*pair]struct{})}
	go l.accept()
	return l, nil
}

// Addr is where the link listens.
func (l *Link) Addr() string { return l.ln.Addr().String() }

// Close ends the link and all its connections.
func (l *Link) Close() {
	_ = l.ln.Close()
	l.Reset()
}

func (l *Link) accept() {
	for {
		near, err := l.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			go l.connect(near.(*net.TCPConn))
		}
	}
}

// connect dials the far end for a connection, and lets both speak.
func (l *Link) connect(near *net.TCPConn) {
	far, err := net.DialTimeout("tcp", l.far, dialTime)
	l.mu.Lock()
	if err != nil || l.refuses {
		l.mu.Unlock()
		_ = near.SetLinger(0)
		_ = near.Close()
		if err == nil {
			_ = far.Close()
		}
		return
	}
	l.numbers++
	name := fmt.Sprint(l.numbers)
	p := newPair(near, far.(*net.TCPConn), l.arming, l.forget)
	l.arming.cutAfter = 0
	l.pairs[p] = struct{}{}
	l.mu.Unlock()
	l.toxics.StartLink(l.server, name+"up", p.near, p.far, stream.Upstream)
	l.toxics.StartLink(l.server, name+"down", p.far, p.near, stream.Downstream)
}

func (l *Link) forget(p *pair) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.pairs, p)
}

// each has something done to every connection.
func (l *Link) each(do func(*pair)) {
	l.mu.Lock()
	pairs := make([]*pair, 0, len(l.pairs))
	for p := range l.pairs {
		pairs = append(pairs, p)
	}
	l.mu.Unlock()
	for _, p := range pairs {
		do(p)
	}
}

// Reset resets every connection, on both sides.
func (l *Link) Reset() { l.each((*pair).reset) }

// CutAfter resets every connection after so many more bytes, and, if there is none, the next one.
func (l *Link) CutAfter(bytes int) {
	l.mu.Lock()
	if len(l.pairs) == 0 {
		l.arming.cutAfter = bytes
	}
	l.mu.Unlock()
	l.each(func(p *pair) { p.left.Store(int64(bytes)) })
}

// Swallow makes every connection half-open, for good: what either side sends is lost, and neither learns that the
// other has gone. New connections work.
func (l *Link) Swallow() { l.each(func(p *pair) { p.swallows.Store(true) }) }

// Stall stops reading from either side of every connection, so that their buffers fill up, until Heal.
func (l *Link) Stall() { l.each((*pair).stall) }

// Refuse resets every connection, and whoever dials, until Heal.
func (l *Link) Refuse() {
	l.mu.Lock()
	l.refuses = true
	l.mu.Unlock()
	l.Reset()
}

// CloseDies follows each close frame that the far end sends with a reset of both sides, until Heal.
func (l *Link) CloseDies() {
	l.mu.Lock()
	l.arming.closeDies = true
	l.mu.Unlock()
	l.each(func(p *pair) { p.closeDies.Store(true) })
}

// Toxic adds one of toxiproxy's toxics in both directions, until Heal. Attributes are JSON.
func (l *Link) Toxic(kind, attributes string) error {
	for _, direction := range []string{"upstream", "downstream"} {
		name := kind + direction
		text := fmt.Sprintf(`{"name":%q,"type":%q,"stream":%q,"attributes":%s}`, name, kind, direction, attributes)
		if _, err := l.toxics.AddToxicJson(strings.NewReader(text)); err != nil {
			if errors.Is(err, toxiproxy.ErrToxicAlreadyExists) {
				continue
			}
			return fmt.Errorf("add toxic %s: %w", kind, err)
		}
		l.mu.Lock()
		l.added = append(l.added, name)
		l.mu.Unlock()
	}
	return nil
}

// Forget resets the connections that are half-open.
func (l *Link) Forget() {
	l.each(func(p *pair) {
		if p.swallows.Load() {
			p.reset()
		}
	})
}

// Heal ends all faults but those of connections that are half-open.
func (l *Link) Heal() {
	l.mu.Lock()
	l.refuses, l.arming = false, arming{}
	added := l.added
	l.added = nil
	l.mu.Unlock()
	l.each((*pair).heal)
	for _, name := range added {
		_ = l.toxics.RemoveToxic(context.Background(), name) // it is gone either way
	}
}
