package check

import (
	"context"
	"crypto/tls"
	"log"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
	"golang.org/x/net/netutil"

	"hermod/wire"
)

// upgradeTime bounds the upgrade of a dial.
const upgradeTime = 10 * time.Second

// maxArrivals bounds the dials that no check has taken; further ones are dropped at once.
const maxArrivals = 16

// maxConnections bounds the connections of a gateway; further ones wait.
const maxConnections = 64

// stage is where a gateway dials. It outlives a check, since a gateway decides when it dials.
type stage struct {
	*GatewayTarget
	server   http.Server
	arrivals chan *arrival
	served   sync.WaitGroup
	closing  sync.Once
	// refuse is the HTTP status that the next dial is refused with, 0 for none.
	refuse atomic.Int32
	// failed is why the last upgrade came to nothing, nil before the first such.
	failed atomic.Pointer[string]
	// bad has hellos answered with what is no good descriptor, nil with a good one.
	bad   atomic.Pointer[func(hello frame) []byte]
	plane stagePlane

	// These belong to the check that runs.
	current   *arrival
	lastID    int
	delivered map[string]bool // every bufferId that was used
	missed    bool            // a dial was waited for in vain
}

// arrival is a dial of the gateway that was upgraded.
type arrival struct {
	*link
	stage         *stage
	at            time.Time
	path, host    string
	header        http.Header
	authorization string
	first, hello  frame // the first frame, and the first hello
	// withhold leaves outbounds without an answer.
	withhold atomic.Bool
	// withholdIdle leaves going_idle without an answer.
	withholdIdle atomic.Bool
}

func newStage(t *GatewayTarget) *stage {
	s := &stage{GatewayTarget: t, arrivals: make(chan *arrival, maxArrivals), delivered: make(map[string]bool)}
	listener := netutil.LimitListener(t.Listener, maxConnections)
	if t.TLS != nil {
		listener = tls.NewListener(listener, t.TLS)
	}
	s.server = http.Server{Handler: s, ReadHeaderTimeout: upgradeTime, IdleTimeout: upgradeTime, MaxHeaderBytes: 64 << 10,
		ErrorLog: log.New(failures{s}, "", 0)}
	s.served.Go(func() { _ = s.server.Serve(listener) })
	return s
}

// failures is where the server says why a connection came to nothing, such as a TLS handshake.
type failures struct{ s *stage }

// Write implements io.Writer.
func (f failures) Write(line []byte) (int, error) {
	f.s.fail(shown(line))
	return len(line), nil
}

func (s *stage) fail(reason string) { s.failed.Store(&reason) }

// ServeHTTP completes upgrades. What is none is a request of the HTTP plane.
func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		s.servePlane(w, r)
		return
	}
	if status := s.refuse.Swap(0); status != 0 {
		http.Error(w, "a check", int(status))
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(upgradeTime))
	conn, rw, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		s.fail(err.Error())
		if conn != nil {
			_ = conn.Close()
		}
		return
	}
	_ = conn.SetDeadline(time.Time{})
	a := &arrival{stage: s, at: time.Now(), path: r.URL.RequestURI(), host: r.Host, header: r.Header.Clone(),
		authorization: r.Header.Get("Authorization")}
	a.link = newLink(conn, rw.Reader, false, &transcript{})
	a.respond = a.answer
	select {
	case s.arrivals <- a:
		a.start()
	default:
		_ = conn.Close()
	}
}

// judge runs a rule. A session that broke it may be in no state for the next rule, and is ended.
func (s *stage) judge(h *host, check func(*host)) {
	defer func() {
		v := recover()
		s.bad.Store(nil)
		if found, ok := v.(finding); ok && found.verdict == Broken && s.current != nil {
			s.current.log.Store(&transcript{}) // the farewell is no part of the finding
			s.current.leave(wire.CloseGoingAway, "the check begins anew")
		}
		if v != nil {
			panic(v)
		}
	}()
	check(h)
}

// answer is what a connector answers by itself: descriptors, results and acknowledgements.
func (a *arrival) answer(f frame) {
	switch f.kind {
	case "hello":
		platform, _ := f.text("platform")
		if bad := a.stage.bad.Load(); bad != nil {
			if line := (*bad)(f); line != nil {
				a.send(line)
			}
			return
		}
		a.send(wire.AppendDescriptor(nil, descriptorOf(platform)))
	case "going_idle":
		if !a.withholdIdle.Load() {
			a.send(wire.AppendGoingIdleAck(nil))
		}
	case "outbound":
		if id, ok := f.text("requestId"); ok && !a.withhold.Load() {
			a.send(wire.AppendOutboundResult(nil, id, wire.ParseResult([]byte(`{"success":true,"message_id":"`+marker+`"}`))))
		}
	}
}

func descriptorOf(platform string) *wire.Descriptor {
	return &wire.Descriptor{ContractVersion: wire.ContractVersion, Platform: platform, Label: "Hermod check",
		MaxMessageLength: wire.DefaultMaxMessageLength, SupportsEdit: true, MarkdownDialect: "plain", LenUnit: "chars"}
}

// close ends everything.
func (s *stage) close() {
	s.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), lingerTime)
		defer cancel()
		if s.server.Shutdown(ctx) != nil {
			_ = s.server.Close()
		}
		_ = s.Listener.Close() // the server may not have begun
		s.served.Wait()
		if s.current != nil {
			s.current.leave(wire.CloseGoingAway, "the check is over")
		}
		for {
			select {
			case a := <-s.arrivals:
				a.hangUp()
			default:
				return
			}
		}
	})
}
