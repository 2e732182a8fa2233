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
	doubles []string // bots that had two live sessions, and when
	silent  int      // sessions that were replaced because they did not answer
	sent    int
	acted   int                  // actions that came
	pending map[string]*delivery // not acknowledged, by buffer id
	acked   map[string]bool
	seen    map[string]int // by the webhook's receiver, by text
	again   int            // deliveries that it saw once more after they were acknowledged
}

// lifeOf is what the connector knows of a bot.
type lifeOf struct {
	session *session
	began   time.Time
	starts  int
}

type delivery struct{ bot, text string }

// session is one connection of a bot.
type session struct {
	conn  net.Conn
	write sync.Mutex
	pong  chan struct{}
	done  chan struct{}
}

func newPlatformSide(t *testing.T) *platformSide {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &platformSide{t: t, listener: listener, bots: make(map[string]*lifeOf), pending: make(map[string]*delivery),
		acked: make(map[string]bool), seen: make(map[string]int)}
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
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	reader := bufio.NewReader(conn)
	if _, err := ws.Upgrade(struct {
		io.Reader
		io.Writer
	}{reader, conn}); err != nil {
		return
	}
	_ = conn.SetDeadline(time.Time{})
	s := &session{conn: conn, pong: make(chan struct{}, 1), done: make(chan struct{})}
	bot := ""
	defer func() { p.end(bot, s) }()
	for {
		frame, err := readFrame(reader)
		if err != nil {
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
			s.send(ws.NewCloseFrame(frame.Payload))
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

func (s *session) send(frame ws.Frame) {
	s.write.Lock()
	defer s.write.Unlock()
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
		s.send(ws.NewTextFrame([]byte(`{"type":"going_idle_ack"}` + "\n")))
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

// begin gives a session its place and greets it.
func (p *platformSide) begin(bot string, s *session) {
	for {
		p.mu.Lock()
		life := p.bots[bot]
		if life == nil {
			life = new(lifeOf)
			p.bots[bot] = life
		}
		old := life.session
		if within(s.done) {
			p.mu.Unlock()
			return // it has ended before it began
		}
		if old == nil {
			life.session, life.began = s, time.Now()
			life.starts++
			p.mu.Unlock()
			break
		}
		p.mu.Unlock()
		if old == s {
			return
		}
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
	<-old.done
}

func (p *platformSide) end(bot string, s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if life := p.bots[bot]; life != nil && life.session == s {
		life.session = nil
	}
	close(s.done)
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
		s.send(f)
	}
}

func deliveryFrame(bot, text, id string) ws.Frame {
	event := fmt.Sprintf(`{"text":%q,"message_id":%q,"source":{"platform":"discord","chat_id":"c-%s","chat_type":"dm","user_id":"u"}}`, text, id, bot)
	return ws.NewTextFrame(wire.AppendInbound(nil, json.RawMessage(event), id))
}

// deliver has a message for a bot, whether it is there or not.
func (p *platformSide) deliver(bot string) {
	p.mu.Lock()
	p.sent++
	id := fmt.Sprint("m", p.sent)
	p.pending[id] = &delivery{bot: bot, text: id}
	var s *session
	if life := p.bots[bot]; life != nil {
		s = life.session
	}
	p.mu.Unlock()
	if s != nil {
		s.send(deliveryFrame(bot, id, id))
	}
}

// live is how many bots have a session.
func (p *platformSide) live() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, life := range p.bots {
		if life.session != nil {
			n++
		}
	}
	return n
}

// starts is how many sessions began.
func (p *platformSide) starts() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, life := range p.bots {
		n += life.starts
	}
	return n
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
		if life := p.bots[bot]; life.session == nil || life.began.Before(since) {
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
