package connector_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	json "github.com/goccy/go-json"

	"hermod/connector"
	"hermod/wire"
)

// sized is an event of that many bytes.
func sized(n int) json.RawMessage {
	return json.RawMessage(`{"text":"` + strings.Repeat("x", n-len(`{"text":""}`)) + `"}`)
}

func injectSized(t *testing.T, c *connector.Connector, n int) string {
	t.Helper()
	d, err := c.Inject("", sized(n))
	if err != nil {
		t.Fatal(err)
	}
	return d.BufferID
}

// aside returns the ids of what is set aside.
func aside(t *testing.T, c *connector.Connector) (ids []string) {
	t.Helper()
	list, err := c.SetAside("")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		ids = append(ids, s.BufferID)
	}
	return ids
}

func wantAside(t *testing.T, c *connector.Connector, want ...string) {
	t.Helper()
	if got := aside(t, c); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("set aside: %v, want %v", got, want)
	}
}

// largeGateway says hello as a gateway that shows what it takes.
func largeGateway(t *testing.T, c *connector.Connector) *client {
	t.Helper()
	g := dialWith(t, c, http.Header{wire.MaxMessageHeader: {"8388608"}})
	g.hello("discord", "b1")
	return g
}

func TestNothingOverAMebibyteGoesToAGatewayThatDidNotShowThatItTakesIt(t *testing.T) {
	c := start(t, connector.Config{})
	large := injectSized(t, c, 1<<20) // its frame is longer
	behind := injectBuffered(t, c, "behind")
	g := greet(t, c, "")
	g.ack(g.expectEvent("behind"))
	wantAside(t, c, large)
	if _, err := c.Inject("", sized(1<<20)); !errors.Is(err, connector.ErrTooLargeForGateway) {
		t.Errorf("at the door: %v", err)
	}
	if err := c.Replay("", large); !errors.Is(err, connector.ErrTooLargeForGateway) {
		t.Errorf("replaying: %v", err)
	}
	fits := injectSized(t, c, 1<<20-128)
	if m := g.expect("inbound"); m.BufferID != fits || behind == "" {
		t.Fatalf("bufferId %q, want %q", m.BufferID, fits)
	}
	err := c.Interrupt("", wire.InterruptInbound{SessionKey: strings.Repeat("x", 1<<20)})
	var tooLarge *wire.FrameTooLargeError
	if !errors.As(err, &tooLarge) {
		t.Errorf("an interrupt: %v", err)
	}
	g.expectSilence()
}

func TestAGatewayThatShowsWhatItTakesGetsIt(t *testing.T) {
	c := start(t, connector.Config{})
	waits := injectSized(t, c, connector.MaxPayload)
	g := largeGateway(t, c)
	later := injectSized(t, c, 4<<20)
	for _, want := range []string{waits, later} {
		if m := g.expect("inbound"); m.BufferID != want {
			t.Fatalf("bufferId %q, want %q", m.BufferID, want)
		}
	}
	wantAside(t, c)
}

func TestTheLargestIsSetAsideWhenTheGatewayClosesWith1009(t *testing.T) {
	c := start(t, connector.Config{})
	small, large, middle := injectSized(t, c, 100), injectSized(t, c, 300<<10), injectSized(t, c, 1000)
	g := greet(t, c, "")
	for range 3 {
		g.expect("inbound")
	}
	g.frame(ws.OpClose, true, ws.NewCloseFrameBody(ws.StatusMessageTooBig, "message too big"))
	g.expectClose(wire.CloseTooBig, "")
	wantAside(t, c, large)
	g = greet(t, c, "")
	for _, want := range []string{small, middle} {
		if m := g.expect("inbound"); m.BufferID != want {
			t.Fatalf("bufferId %q, want %q", m.BufferID, want)
		}
	}
}

// poisoned plays a gateway that drops the connection as soon as it reads the text. It acknowledges all else.
func poisoned(t *testing.T, c *connector.Connector, poison string) (drops int) {
	t.Helper()
	for {
		g := greet(t, c, "")
		for c.State()[connector.DefaultGateway].Buffered > 0 {
			m := g.expect("inbound")
			if strings.Contains(string(m.Event), poison) {
				g.leave()
				drops++
				break
			}
			left := c.State()[connector.DefaultGateway].Buffered
			g.ack(m.BufferID)
			eventually(t, c, connector.DefaultGateway, buffered(left-1))
		}
		if c.State()[connector.DefaultGateway].Buffered == 0 {
			g.leave()
			return drops
		}
	}
}

func TestWhatEndsEveryConnectionIsSetAsideAndHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		for i := range 3 {
			injectBuffered(t, c, fmt.Sprint("before ", i))
		}
		poison := injectBuffered(t, c, "poison")
		for i := range 30 {
			injectBuffered(t, c, fmt.Sprint("behind ", i))
		}
		if drops := poisoned(t, c, "poison"); drops != 5 {
			t.Errorf("%d connections ended, want 5", drops)
		}
		wantAside(t, c, poison)
	})
}

func TestAGatewayThatEndsAtEverythingKeepsMostOfItsBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		for i := range 10 {
			injectBuffered(t, c, fmt.Sprint(i))
		}
		for range 300 { // 5 and 10 and 20 and 40 and 80 and 160 are 315
			g := greet(t, c, "")
			g.expect("inbound")
			g.leave()
		}
		if n := len(aside(t, c)); n < 3 || n > 5 {
			t.Errorf("%d are set aside", n)
		}
	})
}

func TestEndsThatSomebodyWantedAreNotADeliverysFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		id := injectBuffered(t, c, "innocent")
		for round := range 12 {
			g := greet(t, c, "")
			g.expectEvent("innocent")
			switch round % 3 {
			case 0:
				g.frame(ws.OpClose, true, ws.NewCloseFrameBody(ws.StatusGoingAway, ""))
				_, _ = g.next()
			case 1:
				if err := c.Cut(""); err != nil {
					t.Fatal(err)
				}
			case 2:
				if err := c.CloseSession("", 1012, ""); err != nil {
					t.Fatal(err)
				}
			}
			g.leave()
		}
		wantAside(t, c)
		g := greet(t, c, "")
		if got := g.expectEvent("innocent"); got != id {
			t.Errorf("bufferId %q, want %q", got, id)
		}
	})
}

func TestASuspectIsSentAloneUntilTheGatewayHasSurvivedIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		for i := range 3 {
			injectBuffered(t, c, fmt.Sprint(i))
		}
		for range 3 {
			g := greet(t, c, "")
			for i := range 3 {
				g.expectEvent(fmt.Sprint(i))
			}
			g.leave()
		}
		g := greet(t, c, "")
		_ = g.conn.SetDeadline(time.Time{})
		g.expectEvent("0") // which it never acknowledges
		g.expectSilence()
		time.Sleep(29 * time.Second)
		g.expectSilence()
		begun := time.Now()
		for _, text := range []string{"1", "2"} {
			f, err := g.next()
			for err == nil && f.Header.OpCode == ws.OpPing { // the keepalive
				g.frame(ws.OpPong, true, f.Payload)
				f, err = g.next()
			}
			if err != nil || !strings.Contains(string(f.Payload), text) {
				t.Fatalf("got op %x %q, %v, want event %s", f.Header.OpCode, f.Payload, err, text)
			}
		}
		if took := time.Since(begun); took > 2*time.Minute {
			t.Errorf("it came after %v", took)
		}
		wantAside(t, c)
		g.leave()
	})
}

func TestWhatIsSetAsideSurvivesARestartAndCanBeReplayedOrDiscarded(t *testing.T) {
	cfg := connector.Config{DataDir: t.TempDir()}
	c := start(t, cfg)
	first, second := injectSized(t, c, 2<<20), injectSized(t, c, 3<<20)
	behind := injectBuffered(t, c, "behind")
	g := greet(t, c, "")
	g.expectEvent("behind")
	g.leave()
	stop(t, c)

	c = start(t, cfg)
	list, err := c.SetAside("")
	if err != nil || len(list) != 2 || list[0].BufferID != first || list[0].Size != 2<<20 || list[0].Kind != "inbound" ||
		!strings.Contains(list[0].Reason, "too large") || list[0].Since.IsZero() || list[1].BufferID != second {
		t.Fatalf("after the restart: %+v, %v", list, err)
	}
	if s := c.State()[connector.DefaultGateway]; s.SetAside != 2 || s.Buffered != 1 {
		t.Fatalf("state %+v", s)
	}
	if raw, err := c.SetAsidePayload("", first); err != nil || string(raw) != string(sized(2<<20)) {
		t.Fatalf("the payload has %d bytes, %v", len(raw), err)
	}
	for _, err := range []error{c.Replay("", first), c.Discard("", second)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{first, second, behind, "", "nonsense"} {
		if err := c.Replay("", id); !errors.Is(err, connector.ErrNotSetAside) {
			t.Errorf("replaying %q: %v", id, err)
		}
	}
	stop(t, c)
	c = start(t, cfg)
	g = largeGateway(t, c)
	for _, want := range []string{first, behind} {
		m := g.expect("inbound")
		if m.BufferID != want {
			t.Fatalf("bufferId %q, want %q", m.BufferID, want)
		}
		g.ack(want)
	}
	eventually(t, c, connector.DefaultGateway, buffered(0))
	wantAside(t, c)
}

func TestWhatIsSetAsideIsBoundedAndTheOldestMakesRoom(t *testing.T) {
	for name, bound := range map[string]connector.Config{
		"entries": {MaxSetAside: 2}, "bytes": {MaxSetAsideBytes: 5 << 20},
	} {
		var log lockedBuffer
		bound.DataDir, bound.Logger = t.TempDir(), log.logger()
		c := start(t, bound)
		var ids []string
		for range 4 {
			ids = append(ids, injectSized(t, c, 2<<20))
		}
		g := greet(t, c, "")
		wantAside(t, c, ids[2:]...)
		if !strings.Contains(string(log.bytes()), "level=ERROR") {
			t.Errorf("%s: the log does not say what is lost", name)
		}
		g.leave()
		stop(t, c)
		wantAside(t, start(t, bound), ids[2:]...)
	}
}

func TestAReplayThatHasNoRoomStaysSetAside(t *testing.T) {
	c := start(t, connector.Config{MaxBuffered: 2})
	large := injectSized(t, c, 2<<20)
	greet(t, c, "").leave()
	eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool { return !s.Connected })
	largeGateway(t, c).leave() // the last gateway takes it
	injectBuffered(t, c, "a")
	injectBuffered(t, c, "b")
	if err := c.Replay("", large); !errors.Is(err, connector.ErrBufferFull) {
		t.Fatal(err)
	}
	wantAside(t, c, large)
}

func TestDevShowsReplaysAndDiscardsWhatIsSetAside(t *testing.T) {
	c := start(t, connector.Config{Dev: true})
	var ids []string
	for range 4 {
		ids = append(ids, injectSized(t, c, 1<<20))
	}
	g := greet(t, c, "")
	_, body := request(t, c, http.MethodGet, "/dev/set-aside", "", nil)
	var got struct {
		Gateways map[string][]connector.SetAside
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Gateways["default"]) != 4 {
		t.Fatalf("answered %s, %v", body, err)
	}
	if _, payload := request(t, c, http.MethodGet, "/dev/set-aside/"+ids[0], "", nil); payload != string(sized(1<<20)) {
		t.Errorf("the payload has %d bytes", len(payload))
	}
	for body, want := range map[string]int{`{}`: 400, `{"bufferId":"x"}`: 404, `{"gateway":"g9","all":true}`: 404, `{"all":true}`: 413} {
		if status, answer := request(t, c, http.MethodPost, "/dev/set-aside/replay", body, nil); status != want {
			t.Errorf("%s answered %d %s, want %d", body, status, answer, want)
		}
	}
	g.leave()
	eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool { return !s.Connected })
	g = largeGateway(t, c)
	post(t, c, "/dev/set-aside/discard", `{"bufferId":"`+ids[1]+`"}`)
	post(t, c, "/dev/set-aside/replay", `{"bufferId":"`+ids[2]+`"}`)
	post(t, c, "/dev/set-aside/replay", `{"all":true}`)
	for _, want := range []string{ids[2], ids[0], ids[3]} {
		if m := g.expect("inbound"); m.BufferID != want {
			t.Fatalf("bufferId %q, want %q", m.BufferID, want)
		}
	}
	if status, answer := request(t, c, http.MethodPost, "/dev/inbound", `{"event":`+string(sized(2<<20))+`}`, nil); status != 200 {
		t.Errorf("a gateway that takes it: %d %s", status, answer)
	}
}
