package check

import (
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
)

// upgradeTime bounds the upgrade of a dial.
const upgradeTime = 10 * time.Second

// maxArrivals bounds the dials that no check has taken; further ones are dropped at once.
const maxArrivals = 16

// maxUpgrades bounds the upgrades under way; further dials wait.
const maxUpgrades = 64

// stage is where a gateway dials. It outlives a check, since a gateway decides when it dials.
type stage struct {
	*GatewayTarget
	arrivals chan *arrival
	accepted sync.WaitGroup
	closing  sync.Once
	// refuse answers the next dial with HTTP 503.
	refuse atomic.Bool

	// These belong to the check that runs.
	current   *arrival
	lastID    int
	delivered map[string]bool // every bufferId that was used
	missed    bool            // a dial was waited for in vain
}

// arrival is a dial of the gateway that was upgraded.
type arrival struct {
	*link
	at            time.Time
	path          string
	authorization string
	first, hello  frame // the first frame, and the first hello
	// withhold leaves outbounds without an answer.
	withhold atomic.Bool
	// withholdIdle leaves going_idle without an answer.
	withholdIdle atomic.Bool
}

func newStage(t *GatewayTarget) *stage {
	s := &stage{GatewayTarget: t, arrivals: make(chan *arrival, maxArrivals), delivered: make(map[string]bool)}
	s.accepted.Go(s.acceptLoop)
	return s
}

func (s *stage) acceptLoop() {
	upgrades := make(chan struct{}, maxUpgrades)
	for {
		conn, err := s.Listener.Accept()
		if err != nil {
			return
		}
		upgrades <- struct{}{}
		s.accepted.Go(func() {
			defer func() { <-upgrades }()
			s.upgrade(conn)
		})
	}
}

// upgrade completes the handshake. Anything that is no WebSocket upgrade is refused by it.
func (s *stage) upgrade(conn net.Conn) {
	if s.TLS != nil {
		conn = tls.Server(conn, s.TLS)
	}
	a := &arrival{}
	upgrader := ws.Upgrader{
		OnRequest: func(uri []byte) error { a.path = string(uri); return nil },
		OnHeader: func(key, value []byte) error {
			if strings.EqualFold(string(key), "Authorization") {
				a.authorization = string(value)
			}
			return nil
		},
		OnBeforeUpgrade: func() (ws.HandshakeHeader, error) {
			if s.refuse.CompareAndSwap(true, false) {
				return nil, ws.RejectConnectionError(ws.RejectionStatus(http.StatusServiceUnavailable))
			}
			return nil, nil
		},
	}
	_ = conn.SetDeadline(time.Now().Add(upgradeTime))
	if _, err := upgrader.Upgrade(conn); err != nil {
		_ = conn.Close()
		return
	}
	_ = conn.SetDeadline(time.Time{})
	a.at = time.Now()
	a.link = newLink(conn, nil, false, &transcript{})
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
		_ = s.Listener.Close()
		s.accepted.Wait()
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
