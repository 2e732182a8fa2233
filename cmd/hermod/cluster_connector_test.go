//go:build cluster

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	json "github.com/goccy/go-json"

	"hermod/wire"
)

// answerTime is how long a session that a newer one finds has to answer a ping. One that does is a live session: the
// bot has two then, which must never be.
const answerTime = time.Second

// platformSide is a connector that takes every session, keeps account of them, and has traffic for each bot. A
// session that does not answer gives its place to a newer one, as with Hermod's own connector.
type platformSide struct {
	t        *testing.T
	listener net.Listener
	webhooks *httptest.Server

	mu      sync.Mutex
	bots    map[string]*lifeOf
	lives   []*life                  // of all bots, in the order of their beginnings
	cut     map[string]chan struct{} // nodes that cannot reach the connector; closed when they can again
	doubles []string                 // bots that had two live sessions, and when
	late    []string                 // sessions of an epoch that was over
	silent  int                      // sessions that were replaced because they did not answer
	sent    int
	acted   int // actions that came
	// sendsLive sends a delivery that finds a session without keeping it.
	sendsLive bool
	pending   map[string]*delivery // not acknowledged, by buffer id
	acked     map[string]bool
	seen      map[string]int // by the webhook's receiver, by text
	again     int            // deliveries that it saw once more after they were acknowledged
}

// lifeOf is what the connector knows of a bot.
type lifeOf struct {
	session *session
	epoch   int64 // the highest
}

// life is a session from its beginning to its end, which is zero while it lasts.
type life struct {
	bot, node    string
	began, ended time.Time
	inOrder      bool // it went idle, then closed with 1000
}

type delivery struct{ bot, text string }

// session is one connection of a bot.
type session struct {
	conn  net.Conn
	node  string
	epoch int64
	life  *life // nil before it began
	write sync.Mutex
	idle  bool // what comes for it waits; write guards it
	pong  chan struct{}
	ended sync.Once
	done  chan struct{}
}

func newPlatformSide(t *testing.T) *platformSide {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &platformSide{t: t, listener: listener, bots: make(map[string]*lifeOf), pending: make(map[string]*delivery),
		acked: make(map[string]bool), seen: make(map[string]int), cut: make(map[string]chan struct{})}
	p.webhooks = httptest.NewServer(http.HandlerFunc(p.receive))
	t.Cleanup(func() {
		_ = listener.Close()
		p.webhooks.Close()
	})
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(conn)
		}
	}()
	return p
}

func (p *platformSide) url() string { return fmt.Sprint("ws://", p.listener.Addr()) }

// receive is where the bots' deliveries come to.
func (p *platformSide) receive(_ http.ResponseWriter, r *http.Request) {
	var record struct {
		Event    struct{ Text string }
		BufferID string `json:"buffer_id"`
	}
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &record)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[record.Event.Text]++
	if p.acked[record.Event.Text] {
		p.again++
	}
}

func (p *platformSide) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	reader := bufio.NewReader(conn)
	s := &session{conn: conn, pong: make(chan struct{}, 1), done: make(chan struct{})}
	if p.upgrade(s, reader) != nil {
		return
	}
	bot := ""
	defer func() { p.end(bot, s) }()
	for {
		frame, err := readFrame(reader)
		if p.lost(s.node) || err != nil {
			return
		}
		switch frame.Header.OpCode {
		case ws.OpPing:
			s.send(ws.NewPongFrame(frame.Payload))
		case ws.OpPong:
			select {
			case s.pong <- struct{}{}:
			default:
			}
		case ws.OpClose:
			p.close(s, frame.Payload)
			return
		case ws.OpText:
			for line := range bytes.Lines(frame.Payload) {
				if name := p.take(s, bytes.TrimSpace(line)); name != "" && bot == "" {
					bot = name
					go p.begin(bot, s)
				}
			}
		}
	}
}

// upgrade answers the dial of a node, whose name its token proves; without one, nobody knows it.
func (p *platformSide) upgrade(s *session, reader io.Reader) error {
	header := make(http.Header)
	_, err := ws.Upgrader{
		OnHeader: func(key, value []byte) error {
			header.Set(string(key), string(value))
			return nil
		},
		OnBeforeUpgrade: func() (ws.HandshakeHeader, error) {
			token := strings.TrimPrefix(header.Get("Authorization"), "Bearer ")
			for _, node := range nodesOfTests {
				if _, err := wire.VerifyToken(token, []wire.Secret{secretOf(node)}, time.Now()); err == nil {
					s.node = node
				}
			}
			s.epoch = wire.EpochOf(header.Get)
			if p.lost(s.node) {
				return nil, io.ErrClosedPipe
			}
			return nil, nil
		},
	}.Upgrade(struct {
		io.Reader
		io.Writer
	}{reader, s.conn})
	return err
}

// secretOf signs the dials of a node, so that the connector knows who it is.
func secretOf(node string) wire.Secret { return wire.Secret("secret-of-" + node) }

// set cuts a node from the connector, or joins it again. Nobody is told; the connector sees that its sessions are gone.
func (p *platformSide) set(node string, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if joined := p.cut[node]; joined != nil && !cut {
		close(joined)
		delete(p.cut, node)
	}
	if !cut {
		return
	}
	p.cut[node] = make(chan struct{})
	for _, known := range p.bots {
		if s := known.session; s != nil && s.node == node {
			known.session, s.life.ended = nil, time.Now()
		}
	}
}

// lost says whether a node is cut from the connector, once it is not any more.
func (p *platformSide) lost(node string) bool {
	p.mu.Lock()
	joined := p.cut[node]
	p.mu.Unlock()
	if joined == nil {
		return false
	}
	<-joined
	return true
}

func (s *session) send(frame ws.Frame) {
	s.write.Lock()
	defer s.write.Unlock()
	s.put(frame)
}

// offer sends a delivery, unless the gateway is idle.
func (s *session) offer(frame ws.Frame) bool {
	s.write.Lock()
	defer s.write.Unlock()
	if !s.idle {
		s.put(frame)
	}
	return !s.idle
}

// goIdle has deliveries wait from now on.
func (s *session) goIdle() {
	s.write.Lock()
	defer s.write.Unlock()
	s.idle = true
	s.put(ws.NewTextFrame([]byte(`{"type":"going_idle_ack"}` + "\n")))
}

func (s *session) put(frame ws.Frame) {
	_ = s.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_ = ws.WriteFrame(s.conn, frame)
}

// take acts on a line, and returns the bot's name if it is a hello.
func (p *platformSide) take(s *session, line []byte) (bot string) {
	var frame struct {
		Type     string
		BotID    string `json:"botId"`
		BufferID string `json:"bufferId"`
	}
	if json.Unmarshal(line, &frame) != nil {
		return ""
	}
	switch frame.Type {
	case "hello":
		return frame.BotID
	case "outbound":
		p.mu.Lock()
		p.acted++
		p.mu.Unlock()
		if out, err := wire.DecodeOutbound(line); err == nil {
			s.send(ws.NewTextFrame(wire.AppendOutboundResult(nil, out.RequestID, wire.Result{Success: true})))
		}
	case "going_idle":
		s.goIdle()
	case "inbound_ack":
		p.mu.Lock()
		defer p.mu.Unlock()
		if d := p.pending[frame.BufferID]; d != nil {
			delete(p.pending, frame.BufferID)
			p.acked[d.text] = true
		}
	}
	return ""
}

// close answers a close frame, and notes whether the session ended in order.
func (p *platformSide) close(s *session, payload []byte) {
	p.mu.Lock()
	if code, _ := ws.ParseCloseFrameData(payload); s.life != nil {
		s.life.inOrder = s.idle && code == ws.StatusNormalClosure
	}
	p.mu.Unlock()
	s.send(ws.NewCloseFrame(payload))
}

// begin gives a session its place and greets it.
func (p *platformSide) begin(bot string, s *session) {
	for {
		p.mu.Lock()
		known := p.bots[bot]
		if known == nil {
			known = new(lifeOf)
			p.bots[bot] = known
		}
		old := known.session
		outdated := s.epoch < known.epoch
		if outdated {
			p.late = append(p.late, fmt.Sprintf("%s of %s at %s", bot, s.node, time.Now().Format("15:04:05.000")))
		}
		if within(s.done) || outdated || old == s || p.cut[s.node] != nil {
			p.mu.Unlock()
			return // it is over before it began
		}
		if old == nil {
			s.life = &life{bot: bot, node: s.node, began: time.Now()}
			p.lives = append(p.lives, s.life)
			known.session, known.epoch = s, s.epoch
			p.mu.Unlock()
			break
		}
		p.mu.Unlock()
		p.challenge(bot, old)
	}
	s.send(ws.NewTextFrame([]byte(`{"type":"descriptor","descriptor":{"contract_version":1,"platform":"discord","label":"Discord","max_message_length":2000,"supports_draft_streaming":false,"supports_edit":true,"supports_threads":true,"markdown_dialect":"discord","len_unit":"chars"}}` + "\n")))
	p.redeliver(bot, s)
}

// challenge ends an older session, and notes if somebody was there.
func (p *platformSide) challenge(bot string, old *session) {
	old.send(ws.NewPingFrame(nil))
	select {
	case <-old.pong:
		p.mu.Lock()
		p.doubles = append(p.doubles, fmt.Sprintf("%s at %s", bot, time.Now().Format("15:04:05.000")))
		p.mu.Unlock()
	case <-old.done:
		return
	case <-time.After(answerTime):
		p.mu.Lock()
		p.silent++
		p.mu.Unlock()
	}
	_ = old.conn.Close()
	p.end(bot, old)
}

func (p *platformSide) end(bot string, s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.bots[bot]; known != nil && known.session == s {
		known.session, s.life.ended = nil, time.Now()
	}
	s.ended.Do(func() { close(s.done) })
}

// redeliver sends what a bot has not acknowledged.
func (p *platformSide) redeliver(bot string, s *session) {
	p.mu.Lock()
	var frames []ws.Frame
	for id, d := range p.pending {
		if d.bot == bot {
			frames = append(frames, deliveryFrame(bot, d.text, id))
		}
	}
	p.mu.Unlock()
	for _, f := range frames {
		s.offer(f)
	}
}

func deliveryFrame(bot, text, id string) ws.Frame {
	event := fmt.Sprintf(`{"text":%q,"message_id":%[1]q,"source":{"platform":"discord","chat_id":"c-%s","chat_type":"dm","user_id":"u"}}`, text, bot)
	return ws.NewTextFrame(wire.AppendInbound(nil, json.RawMessage(event), id))
}

// deliver has a message for a bot, whether it is there or not.
func (p *platformSide) deliver(bot string) {
	p.mu.Lock()
	p.sent++
	id, live := fmt.Sprint("m", p.sent), p.sendsLive
	var s *session
	if known := p.bots[bot]; known != nil {
		s = known.session
	}
	if live && s != nil {
		p.mu.Unlock()
		if s.offer(deliveryFrame(bot, id, "")) {
			return // nobody acknowledges it, and nothing brings it back
		}
		p.mu.Lock()
	}
	p.pending[id] = &delivery{bot: bot, text: id}
	if known := p.bots[bot]; known != nil {
		s = known.session
	}
	p.mu.Unlock()
	if s != nil {
		s.offer(deliveryFrame(bot, id, id))
	}
}

// live is how many bots have a session.
func (p *platformSide) live() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, known := range p.bots {
		if known.session != nil {
			n++
		}
	}
	return n
}

// starts is how many sessions began.
func (p *platformSide) starts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.lives)
}

func (p *platformSide) unacknowledged() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.pending)
}

// twice are the bots that had two live sessions, and when.
func (p *platformSide) twice() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.doubles
}

// renewed says whether each of these bots has a session that began after a moment.
func (p *platformSide) renewed(bots []string, since time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, bot := range bots {
		if s := p.bots[bot].session; s == nil || s.life.began.Before(since) {
			return false
		}
	}
	return true
}

// readFrame reads a frame of a gateway and unmasks it.
func readFrame(from io.Reader) (ws.Frame, error) {
	header, err := ws.ReadHeader(from)
	if err != nil || header.Length > wire.MaxAction*2 {
		return ws.Frame{}, io.ErrUnexpectedEOF
	}
	payload := make([]byte, header.Length)
	if _, err := io.ReadFull(from, payload); err != nil {
		return ws.Frame{}, err
	}
	ws.Cipher(payload, header.Mask, 0)
	return ws.Frame{Header: header, Payload: payload}, nil
}

// within says whether that has happened.
func within(event <-chan struct{}) bool {
	select {
	case <-event:
		return true
	default:
		return false
	}
}
