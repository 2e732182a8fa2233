package check

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
	"hermod/wire/wiretest"
)

const fakeSecret = wire.Secret("a secret of the tests")

// fakeConnector is a connector that is right, but for one fault.
type fakeConnector struct {
	fault    string
	listener *wiretest.Listener
	server   *http.Server
	work     sync.WaitGroup
	stop     chan struct{}

	mu     sync.Mutex
	holder *fakeSession // who has the gateway's place
	lastID int
	buffer []*fakeEntry
	media  map[string][]byte
	left   atomic.Pointer[[]byte] // of a line that its connection did not end
	drafts int
	fakeAccounts
}

type fakeEntry struct {
	id, kind string
	payload  []byte
	inFlight bool
}

type fakeSession struct {
	*fakeSocket
	greeted, idle bool
	platforms     map[string]bool
	bots          map[string]bool
	asked         int
	shown         wire.Abilities
}

func startFakeConnector(t *testing.T, fault string) *fakeConnector {
	c := &fakeConnector{fault: fault, listener: wiretest.NewListener(), media: map[string][]byte{},
		stop: make(chan struct{}), fakeAccounts: newFakeAccounts()}
	mux := http.NewServeMux()
	mux.HandleFunc("/relay", c.upgrade)
	c.plane(mux)
	c.server = &http.Server{Handler: mux}
	c.work.Go(func() { _ = c.server.Serve(c.listener) })
	t.Cleanup(func() {
		close(c.stop)
		_ = c.server.Close()
		c.mu.Lock()
		if c.holder != nil {
			_ = c.holder.conn.Close()
		}
		c.mu.Unlock()
		c.work.Wait()
	})
	return c
}

func (c *fakeConnector) target() ConnectorTarget {
	return ConnectorTarget{URL: "ws://memory", GatewayID: "g:1", Secret: fakeSecret, Chat: "c1", Dial: c.listener.Dial,
		Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}, {Platform: "telegram"}}, Inject: c.inject,
		OldSecrets: []wire.Secret{oldSecret}, IdentityToken: ownerToken, EnrollmentToken: oneTimeToken,
		Revoke: c.revoke, Stop: c.shutDown, Wake: c.wakes, WakeURL: "http://wake/g"}
}

func (c *fakeConnector) shutDown(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.holder != nil && c.fault == "drops its sessions at its end" {
		_ = c.holder.conn.Close()
	} else if c.holder != nil {
		c.holder.close(wire.CloseGoingAway, "shutting down")
	}
	return nil
}

// refusal says why a token is not let in, 0 if it is.
func (c *fakeConnector) refusal(r *http.Request) int {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	id, err := wire.PeekToken(token)
	switch {
	case !ok && c.fault == "lets in without a token",
		err == nil && id == "g:1-"+marker && c.fault == "lets in any id of the secret":
		return 0
	case !ok || err != nil || len(c.secretsOf(id)) == 0:
		return wire.CloseUnauthorized
	}
	_, err = wire.VerifyToken(token, c.secretsOf(id), time.Now())
	claimed, _ := base64.RawURLEncoding.DecodeString(token)
	switch {
	case c.fault == "lets tokens with the expiry 0 expire" && strings.Contains(string(claimed), ":0:"):
		return wire.CloseUnauthorized
	case errors.Is(err, wire.ErrTokenExpired) && c.fault == "lets in an expired token",
		errors.Is(err, wire.ErrTokenSignature) && c.fault == "does not verify signatures":
		return 0
	case err != nil || c.fault == "refuses a valid token":
		return wire.CloseUnauthorized
	}
	return 0
}

func (c *fakeConnector) upgrade(w http.ResponseWriter, r *http.Request) {
	switch {
	case c.fault == "does not upgrade":
		http.NotFound(w, r)
		return
	case c.fault == "refuses headers that it does not know" && r.Header.Get("X-Hermod-Check") != "":
		http.Error(w, "", http.StatusBadRequest)
		return
	case c.fault == "fails at what is no token" && strings.Contains(r.Header.Get("Authorization"), "*"):
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	conn, rw, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		return
	}
	c.work.Add(1)
	defer c.work.Done()
	s := &fakeSession{fakeSocket: newFakeSocket(conn, rw.Reader, false, c.fault), platforms: map[string]bool{},
		bots: map[string]bool{}, shown: wire.AbilitiesOf(r.Header.Get)}
	s.left = &c.left
	refusal := c.refusal(r)
	if c.isRevoked() && c.fault != "lets in a revoked gateway" {
		refusal = wire.CloseUnauthorized
	}
	c.serve(s, refusal)
}

func (c *fakeConnector) serve(s *fakeSession, refusal int) {
	s.handle = func(f frame) { c.handle(s, f) }
	if refusal == 0 && !c.attach(s) {
		refusal = wire.ClosePolicy
	}
	if refusal != 0 {
		s.handle = func(frame) {}
		reason := "refused"
		if c.fault == "calls a forged token expired" && !c.isRevoked() {
			reason = expired
		}
		s.close(refusal, reason)
		s.run()
		return
	}
	ended := make(chan struct{})
	if c.fault != "never pings" {
		c.work.Go(func() { s.ping(ended) })
	}
	s.run()
	close(ended)
	c.detach(s)
}

func (s *fakeSession) ping(ended chan struct{}) {
	for {
		select {
		case <-time.After(30 * time.Second):
			s.write(ws.OpPing, nil)
		case <-ended:
			return
		}
	}
}

// attach gives the session the gateway's place. A holder that answers no ping loses it.
func (c *fakeConnector) attach(s *fakeSession) bool {
	c.mu.Lock()
	old := c.holder
	c.mu.Unlock()
	if old != nil && c.fault != "has two sessions" {
		before := old.pongs.Load()
		old.write(ws.OpPing, []byte("there?"))
		select {
		case <-time.After(3 * time.Second):
		case <-c.stop:
			return false
		}
		c.mu.Lock()
		held := c.holder == old
		c.mu.Unlock()
		if held && (old.pongs.Load() > before || c.fault == "keeps the place of a silent session") {
			return false
		}
		_ = old.conn.Close()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holder = s
	if c.fault == "replays in reverse" {
		slices.Reverse(c.buffer)
	}
	for _, e := range c.buffer {
		e.inFlight = false
	}
	return true
}

func (c *fakeConnector) detach(s *fakeSession) {
	lockout := time.Duration(0)
	if s.code != 0 && c.fault == "keeps the place of a closed session" ||
		s.code == 0 && !s.closing.Load() && c.fault == "keeps the place of a dropped session" {
		lockout = 12 * time.Second
	}
	if lockout > 0 {
		s.pongs.Add(1 << 20)
		over := time.After(lockout)
		for waiting := true; waiting; {
			select {
			case <-time.After(100 * time.Millisecond):
				s.pongs.Add(1)
			case <-over:
				waiting = false
			case <-c.stop:
				waiting = false
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.holder != s {
		return
	}
	c.holder = nil
	if s.code == wire.CloseTooBig && c.fault != "sends again what was too big" {
		c.setAside()
	}
	c.poke()
}

func (c *fakeConnector) handle(s *fakeSession, f frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch f.kind {
	case "hello":
		c.hello(s, f)
	case "outbound":
		c.outbound(s, f)
	case "inbound_ack":
		id, _ := f.text("bufferId")
		c.acknowledge(s, id)
	case "going_idle":
		if c.fault != "does not answer going_idle" {
			s.idle = true
			s.say(wire.AppendGoingIdleAck(nil))
		}
	case "interrupt":
		if c.fault == "answers interrupts" {
			s.say([]byte(`{"type":"interrupt_ack"}` + "\n"))
		}
	default:
		s.dead = s.dead || c.fault == "stops at a frame of the wrong direction"
	}
}

func (c *fakeConnector) hello(s *fakeSession, f frame) {
	again := s.greeted
	platform, _ := f.text("platform")
	s.greeted, s.idle = true, false
	s.platforms[platform] = true
	bot, _ := f.text("botId")
	s.bots[bot] = true
	d := descriptorOf(platform)
	d.SupportedOps = []string{"send", "edit", "draft", "thread_create"}
	switch line := wire.AppendDescriptor(nil, d); {
	case c.fault == "has supported_ops that is a string":
		s.say(bytes.Replace(line, []byte(`"supported_ops":[`), []byte(`"supported_ops":"send","x":[`), 1))
	case again && c.fault == "answers the first hello only":
	case c.fault == "answers a hello with a string":
		s.say([]byte(`{"type":"descriptor","descriptor":"discord"}` + "\n"))
	case c.fault == "leaves out a key of the descriptor":
		s.say(bytes.Replace(line, []byte(`"markdown_dialect"`), []byte(`"dialect"`), 1))
	default:
		s.say(line)
	}
	c.pump()
}

func (c *fakeConnector) outbound(s *fakeSession, f frame) {
	id, _ := f.text("requestId")
	action, _ := f.object("action")
	op, _ := action.text("op")
	platform, named := f.text("platform")
	bot, _ := f.text("botId")
	s.asked++
	result := `{"success":true,"message_id":"m1"}`
	switch {
	case named && !s.platforms[platform] && c.fault != "serves platforms of no hello":
		result = `{"success":false,"error":"no such platform"}`
	case bot != "" && !s.bots[bot] && c.fault != "serves bots of no hello":
		result = `{"success":false,"error":"no such bot"}`
	case op == "edit" && c.fault == "edits nothing":
		result = `{"success":false,"error":"no such message"}`
	case op == "draft" && c.fault == "seals a draft with a new message":
		c.drafts++
		result = fmt.Sprintf(`{"success":true,"message_id":"m%d"}`, c.drafts)
	case op == "thread_create" && c.fault == "does not name its threads":
		result = `{"success":true}`
	case op == "get_chat_info" && c.fault == "answers with a string":
		result = `"done"`
	case op == "get_chat_info" && c.fault == "answers twice":
		s.say([]byte(`{"type":"outbound_result","requestId":"` + id + `","result":{"success":true}}` + "\n"))
	case op == "get_chat_info" && c.fault == "has a chat_info that is a string":
		result = `{"success":true,"chat_info":"c1"}`
	case op == "get_chat_info":
		result = `{"success":true,"chat_info":{"name":"c1","type":"dm"}}`
	case op == "send" && c.fault == "sends without a message_id":
		result = `{"success":true}`
	case op == fenceOp && c.fault == "does not answer unknown ops":
		return
	case op == fenceOp && c.fault == "calls every failure ambiguous":
		result = `{"success":false,"error":"unknown op","ambiguous":true}`
	case op == fenceOp:
		result = `{"success":false,"error":"unknown op"}`
	}
	if s.asked > 30 && c.fault == "answers thirty requests only" {
		return
	}
	s.say([]byte(`{"type":"outbound_result","requestId":"` + id + `","result":` + result + "}\n"))
}
