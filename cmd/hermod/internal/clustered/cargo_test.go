package clustered

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cluster/registry"
	"hermod/connector"
)

// way is a stream to another node, of which the test has the far end.
type way struct {
	net.Conn
	lost chan error // what reading ends with, when the node is lost
}

func (w *way) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	select {
	case lost := <-w.lost:
		return n, lost
	default:
		return n, err
	}
}

// exchanging is a gateway's connection that is carried to a node, in virtual time.
func exchanging(t *testing.T) (gateway, node net.Conn, lose func(), over chan struct{}) {
	gateway, accepted := net.Pipe()
	near, node := net.Pipe()
	w := &way{Conn: near, lost: make(chan error, 1)}
	g := &cargo{conn: accepted, stream: w}
	over = make(chan struct{})
	go func() {
		defer close(over)
		g.exchange()
		_ = accepted.Close()
	}()
	t.Cleanup(func() {
		_ = gateway.Close()
		_ = node.Close()
		<-over
	})
	lose = func() {
		w.lost <- errors.New("the node is lost")
		_ = node.Close()
	}
	return gateway, node, lose, over
}

func TestTheLastWordsOfANodeReachTheGatewayThatTalks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gateway, node, _, over := exchanging(t)
		var talking sync.WaitGroup
		talking.Go(func() {
			for {
				if _, err := gateway.Write([]byte("noise")); err != nil {
					return
				}
				time.Sleep(time.Millisecond)
			}
		})
		go func() { _, _ = io.CopyN(io.Discard, node, 1000) }()
		go func() {
			_, _ = node.Write([]byte("goodbye"))
			_ = node.Close()
		}()
		heard := make([]byte, 7)
		if _, err := io.ReadFull(gateway, heard); err != nil || string(heard) != "goodbye" {
			t.Errorf("the gateway heard %q, error %v", heard, err)
		}
		begun := time.Now()
		<-over
		if waited := time.Since(begun); waited > 2*lastWords {
			t.Errorf("a gateway that talks on holds its connection for %v", waited)
		}
		talking.Wait()
	})
}

func TestANodeThatIsLostEndsItsGatewaysConnectionAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gateway, _, lose, over := exchanging(t)
		begun := time.Now()
		lose()
		if _, err := gateway.Read(make([]byte, 1)); err == nil {
			t.Error("the gateway heard something")
		}
		<-over
		if waited := time.Since(begun); waited != 0 {
			t.Errorf("that took %v", waited)
		}
	})
}

func TestAGatewayThatDoesNotReadHoldsItsConnectionForAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, node, _, over := exchanging(t)
		begun := time.Now()
		go func() { _, _ = node.Write(make([]byte, 1<<20)) }()
		<-over
		if waited := time.Since(begun); waited != takeTime {
			t.Errorf("it was held for %v", waited)
		}
	})
}

func TestTheHeadOfARequestIsCarriedAsItWas(t *testing.T) {
	for name, c := range map[string]struct {
		sent           string
		wants, lacks   []string
		secured, early string
	}{
		"an upgrade": {sent: "GET /relay?x=1 HTTP/1.1\r\nHost: gw.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Authorization: Bearer t\r\nX-Forwarded-Proto: https\r\n\r\n",
			wants: []string{"GET /relay?x=1 HTTP/1.1\r\nHost: gw.example\r\n", "Connection: Upgrade\r\n", "Upgrade: websocket\r\n",
				"Authorization: Bearer t\r\n", connector.SecuredHeader + ": http\r\n"}, lacks: []string{"https"}},
		"a request with a body": {sent: "POST /relay/media HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello",
			wants: []string{"Content-Length: 5\r\n", "Connection: close\r\n"}, lacks: []string{"keep-alive"}, early: "hello"},
		"a body in chunks": {sent: "POST /relay/media HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
			wants: []string{"Transfer-Encoding: chunked\r\n"}, early: "5\r\nhello\r\n0\r\n\r\n"},
	} {
		from := bufio.NewReader(strings.NewReader(c.sent))
		r, err := http.ReadRequest(from)
		if err != nil {
			t.Fatal(name, err)
		}
		early, _ := from.Peek(from.Buffered())
		head := headOf(r, early)
		for _, want := range c.wants {
			if !bytes.Contains(head, []byte(want)) {
				t.Errorf("%s: %q is not in %q", name, want, head)
			}
		}
		for _, lack := range c.lacks {
			if bytes.Contains(head, []byte(lack)) {
				t.Errorf("%s: %q is in %q", name, lack, head)
			}
		}
		again := bufio.NewReader(bytes.NewReader(head))
		if _, err := http.ReadRequest(again); err != nil {
			t.Errorf("%s: %q: %v", name, head, err)
		}
		if rest, _ := io.ReadAll(again); string(rest) != c.early {
			t.Errorf("%s: %q follows the head, want %q", name, rest, c.early)
		}
	}
}

func TestTheBotOfAGatewayIsFoundInWhatTheClusterAgreedOn(t *testing.T) {
	bot := func(revision int64, id string) registry.Bot {
		return registry.Bot{Revision: revision, JSON: `{"deliver":{"relay":{"gateway_id":"` + id + `"}}}`}
	}
	var x index
	if bot, known := x.bot(nil, "g1"); bot != "" || !known {
		t.Error("a node that knows no bot refuses a gateway for good")
	}
	for step, c := range []struct {
		bots map[string]registry.Bot
		last int64
		want map[string]string
	}{
		{map[string]registry.Bot{"a": bot(1, "g1"), "b": {Revision: 2, JSON: `{"deliver":{"stream":{}}}`}, "c": {Revision: 3, JSON: "{"}},
			3, map[string]string{"g1": "a", "g2": "", "": ""}},
		{map[string]registry.Bot{"a": bot(4, "g2"), "b": {Revision: 2, JSON: `{"deliver":{"stream":{}}}`}}, 4,
			map[string]string{"g1": "", "g2": "a"}},
		{map[string]registry.Bot{"b": bot(5, "g1")}, 5, map[string]string{"g1": "b", "g2": ""}},
	} {
		v := &registry.View{Bots: c.bots, BotsRevision: c.last}
		for id, want := range c.want {
			if got, known := x.bot(v, id); got != want || known != (want != "") {
				t.Errorf("step %d: the bot of %q is %q, %v; want %q", step, id, got, known, want)
			}
		}
	}
}
