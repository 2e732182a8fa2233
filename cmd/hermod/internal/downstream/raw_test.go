package downstream_test

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"hermod/cmd/hermod/internal/store"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// raw is a gateway as released ones are: it shows nothing of itself, and does what the test says.
type raw struct {
	w    *world
	conn net.Conn
	br   *bufio.Reader
}

// raw dials as a bot's gateway and says hello.
func (w *world) raw(id string, hellos ...wire.Hello) *raw {
	w.Helper()
	token := wire.MintToken(id, secret, time.Minute, time.Now())
	dialer := ws.Dialer{NetDial: w.listener.Dial,
		Header: ws.HandshakeHeaderHTTP(http.Header{"Authorization": {"Bearer " + token}})}
	conn, br, _, err := dialer.Dial(context.Background(), "ws://hermod/relay")
	w.must(err)
	if br == nil {
		br = bufio.NewReader(conn)
	}
	r := &raw{w, conn, br}
	for _, hello := range hellos {
		r.send(wire.AppendHello(nil, hello))
	}
	return r
}

func (r *raw) send(line []byte) {
	r.w.Helper()
	r.w.must(wsutil.WriteClientText(r.conn, line))
}

// next reads a frame of that kind; pings are answered.
func (r *raw) next(kind wire.Kind) []byte {
	r.w.Helper()
	for {
		header, err := ws.ReadHeader(r.br)
		r.w.must(err)
		payload := make([]byte, header.Length)
		for n := 0; n < len(payload); {
			more, err := r.br.Read(payload[n:])
			r.w.must(err)
			n += more
		}
		if header.OpCode == ws.OpPing {
			r.w.must(wsutil.WriteClientMessage(r.conn, ws.OpPong, payload))
			continue
		}
		if got, _ := wire.Classify(payload); got != kind {
			r.w.Fatalf("got %s, want %s", payload, kind)
		}
		return payload
	}
}

func (r *raw) close() { _ = r.conn.Close() }

// letters are the dead letters that are kept.
func (w *world) letters() []store.Letter {
	w.Helper()
	letters, _, err := w.store.List(store.Page{Letters: 10, Bytes: 64 << 20, Records: true})
	w.must(err)
	return letters
}

func TestAReleasedGatewayThatNeverAcknowledgesAPassthroughGetsWhatIsBehindIt(t *testing.T) {
	both(t, func(w *world) {
		up, g := w.connector(), w.raw("a", wire.Hello{Platform: "telegram", BotID: "t1"})
		g.next(wire.KindDescriptor)
		w.must(up.Send([]byte(`{"type":"passthrough_forward","forward":{"platform":"telegram","path":"/x"},"bufferId":"b1"}` + "\n")))
		g.next(wire.KindPassthroughForward)
		up.SendInbound(wiretest.Event("telegram", "c", "1", "one"), "b2")
		in, err := new(wire.Decoder).Inbound(g.next(wire.KindInbound))
		w.must(err)
		got := make(chan bool)
		go func() { // answers pings
			g.next(wire.KindInbound)
			close(got)
		}()
		up.Expect(wire.KindInboundAck)
		g.send(wire.AppendInboundAck(nil, in.BufferID))
		up.SendInbound(wiretest.Event("telegram", "c", "2", "two"), "b3")
		<-got
		g.close()
	})
}

// large is an event that a released gateway closes its connection for.
func large(id string) []byte {
	text := make([]byte, 1<<20)
	for i := range text {
		text[i] = 'x'
	}
	return wiretest.Event("telegram", "c", id, string(text))
}

func TestAnEventThatTheGatewayCannotTakeBecomesADeadLetterAndHoldsUpNothing(t *testing.T) {
	both(t, func(w *world) {
		up, g := w.connector(), w.raw("a", wire.Hello{Platform: "telegram", BotID: "t1"})
		g.next(wire.KindDescriptor)
		up.SendInbound(large("1"), "b1")
		up.SendInbound(wiretest.Event("telegram", "c", "2", "two"), "b2")
		if d, err := new(wire.Decoder).Inbound(g.next(wire.KindInbound)); err != nil || d.Event.Text != "two" {
			w.Errorf("the gateway got %+v, %v", d, err)
		}
		if letters := w.letters(); len(letters) != 1 || letters[0].Kind != "inbound" || letters[0].Bot != "a" || letters[0].Size < 1<<20 {
			w.Errorf("dead letters are %+v", letters)
		}
		g.close()
	})
}

func TestAnEventThatWasKeptBeforeTheGatewayShowedThatItCannotTakeItBecomesADeadLetter(t *testing.T) {
	inBubble(t, true, func(w *world) {
		up := w.connector()
		up.SendInbound(large("1"), "b1")
		up.SendInbound(wiretest.Event("telegram", "c", "2", "two"), "b2")
		up.Expect(wire.KindInboundAck)
		up.Expect(wire.KindInboundAck)
		g := w.raw("a", wire.Hello{Platform: "telegram", BotID: "t1"})
		g.next(wire.KindDescriptor)
		g.next(wire.KindInbound)
		time.Sleep(10 * time.Second)
		if letters := w.letters(); len(letters) != 1 || letters[0].Session != "agent:main:telegram:dm:c" {
			w.Errorf("dead letters are %+v", letters)
		}
		if h := w.status("a"); h.Gateway.Kept != 1 { // two is not acknowledged
			w.Errorf("kept are %d", h.Gateway.Kept)
		}
		g.close()
	})
}

func TestAFrozenGatewayGivesItsPlaceToItsNextSession(t *testing.T) {
	inBubble(t, true, func(w *world) {
		up, frozen := w.connector(), w.raw("a", wire.Hello{Platform: "telegram", BotID: "t1"})
		frozen.next(wire.KindDescriptor)
		up.SendInbound(wiretest.Event("telegram", "c", "1", "one"), "") // which it never reads
		begun := time.Now()
		g := w.gateway("a")
		g.want("one")
		if took := time.Since(begun); took > 10*time.Second {
			w.Errorf("it took %v", took)
		}
		g.close()
		frozen.close()
	})
}

func TestAnEventThatNobodyCanDecodeBecomesADeadLetter(t *testing.T) {
	inBubble(t, true, func(w *world) {
		up, g := w.connector(), w.gateway("a")
		w.must(up.Send([]byte(`{"type":"inbound","event":5,"bufferId":"b1"}` + "\n")))
		up.Expect(wire.KindInboundAck)
		if letters := w.letters(); len(letters) != 1 || letters[0].Kind != "dead_letter" || len(g.events) != 0 {
			w.Errorf("dead letters are %+v", letters)
		}
		g.close()
	})
}
