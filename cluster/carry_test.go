package cluster

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"hermod/cluster/etcdtest"
	"hermod/cluster/message"
)

// carrying are two nodes, of which b gives the other ends of what a carries to it.
func carrying(t *testing.T) (a, b *Node, ends chan net.Conn) {
	t.Helper()
	a, b = twoNodes(t, nil)
	ends = make(chan net.Conn, 100)
	b.cfg.Carried = func(Request) (net.Conn, error) {
		near, far := net.Pipe()
		ends <- far
		return near, nil
	}
	return a, b, ends
}

func carry(t *testing.T, a *Node) *Carried {
	t.Helper()
	c, err := a.Carry(t.Context(), "b", Request{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestCarriedBytesComeWholeAndInOrderInBothDirections(t *testing.T) {
	a, _, ends := carrying(t)
	c := carry(t, a)
	far := <-ends
	sent := make([]byte, 1<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(sent)
	go func() {
		echo := make([]byte, len(sent))
		if _, err := io.ReadFull(far, echo); err == nil {
			_, _ = far.Write(echo)
		}
		_ = far.Close()
	}()
	go func() {
		for rest := sent; len(rest) > 0; {
			n := min(len(rest), 1+rand.IntN(100_000))
			if _, err := c.Write(rest[:n]); err != nil {
				return
			}
			rest = rest[n:]
		}
	}()
	got, err := io.ReadAll(c)
	if err != nil || sha256.Sum256(got) != sha256.Sum256(sent) {
		t.Errorf("%d of %d bytes came back, error %v", len(got), len(sent), err)
	}
}

func TestWhatIsCarriedEndsAtBothSidesWhicheverEndsIt(t *testing.T) {
	a, _, ends := carrying(t)
	for name, end := range map[string]func(c *Carried, far net.Conn){
		"the one that carries": func(c *Carried, _ net.Conn) { _ = c.Close() },
		"its gateway":          func(c *Carried, _ net.Conn) { _ = c.CloseWrite() },
		"the other node":       func(_ *Carried, far net.Conn) { _ = far.Close() },
	} {
		c := carry(t, a)
		far := <-ends
		if _, err := c.Write([]byte("x")); err != nil {
			t.Fatal(name, err)
		}
		if _, err := io.ReadFull(far, make([]byte, 1)); err != nil {
			t.Fatal(name, err)
		}
		end(c, far)
		if _, err := far.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s: the node still reads", name)
		}
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s: there is still something to read", name)
		}
	}
}

func TestWhoDoesNotReadHoldsTheWriterUpAndNobodyElse(t *testing.T) {
	a, _, ends := carrying(t)
	c := carry(t, a)
	far := <-ends
	for name, to := range map[string]io.Writer{"towards the node": c, "back": far} {
		written := make(chan int, 10_000)
		go func() {
			for {
				n, err := to.Write(make([]byte, maxPiece))
				if err != nil {
					close(written)
					return
				}
				written <- n
			}
		}()
		// Another stream on the same link is not held up, and passes whatever the flood could still send.
		other := carry(t, a)
		theirs := <-ends
		go func() { _, _ = io.Copy(theirs, theirs) }()
		for range 30 {
			if _, err := other.Write(make([]byte, maxPiece)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(other, make([]byte, maxPiece)); err != nil {
				t.Fatal(err)
			}
		}
		if ahead := len(written) * maxPiece; ahead > carryWindow+4*maxPiece {
			t.Errorf("%s: %d bytes were written, and none read", name, ahead)
		}
		t.Cleanup(func() {
			_ = c.Close()
			for range written {
			}
		})
	}
}

func TestStreamsThatCannotBeTakenAreRefusedClearly(t *testing.T) {
	a, b := twoNodes(t, nil)
	if _, err := a.Carry(t.Context(), "b", Request{}); !errors.Is(err, ErrSchema) {
		t.Errorf("of an older node the error is %v", err)
	}
	b.cfg.Carried = func(r Request) (net.Conn, error) {
		switch r.Method {
		case "not here":
			return nil, ErrNotRunning
		case "full":
			return nil, ErrOverloaded
		case "panic":
			panic("a bug")
		}
		return nil, errors.New("the host says no")
	}
	for method, is := range map[string]error{"not here": ErrNotRunning, "full": ErrOverloaded} {
		if _, err := a.Carry(t.Context(), "b", Request{Method: method}); !errors.Is(err, is) {
			t.Errorf("%s: the error is %v", method, err)
		}
	}
	for method, saying := range map[string]string{"panic": "carry to node b: the node's host panicked",
		"": "carry to node b: the host says no"} {
		if _, err := a.Carry(t.Context(), "b", Request{Method: method}); err == nil || err.Error() != saying {
			t.Errorf("%s: the error is %v", method, err)
		}
	}
	if _, err := a.Carry(t.Context(), "c", Request{}); !errors.Is(err, ErrNoNode) {
		t.Errorf("of no member the error is %v", err)
	}
	if _, err := a.Carry(t.Context(), "b", Request{Body: make([]byte, MaxBody)}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("of a large request the error is %v", err)
	}
	for range cap(b.carried) {
		b.carried <- struct{}{}
	}
	if _, err := a.Carry(t.Context(), "b", Request{}); !errors.Is(err, ErrOverloaded) {
		t.Errorf("at the bound the error is %v", err)
	}
}

// rude is a node that answers a stream with whatever it likes.
func rude(t *testing.T, a *Node, answer func(grpc.ServerStream) error) {
	t.Helper()
	server := grpc.NewServer(
		grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error { return answer(stream) }))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	b := a.View().Members["b"]
	b.Address = listener.Addr().String()
	a.View().Members["b"] = b
}

func TestANodeThatSendsWhatNoNodeSendsIsLeft(t *testing.T) {
	for name, garbage := range map[string]*message.Answer{
		"a large piece":   {Body: make([]byte, maxPiece+1)},
		"a late refusal":  {Failure: message.Failure_FAILED, Detail: "no more"},
		"another refusal": {Failure: 99},
	} {
		a, _ := twoNodes(t, nil)
		rude(t, a, func(stream grpc.ServerStream) error {
			_ = stream.SendMsg(&message.Answer{})
			_ = stream.SendMsg(garbage)
			<-stream.Context().Done()
			return nil
		})
		c := carry(t, a)
		if n, err := io.Copy(io.Discard, c); n != 0 || err == nil {
			t.Errorf("%s: %d bytes were read, error %v", name, n, err)
		}
	}
	a, b, ends := carrying(t)
	conn, err := a.links.to(b.at, a.View(), a.dial)
	if err != nil {
		t.Fatal(err)
	}
	newer := &message.Call{Schema: uint32(message.Schema) + 1}
	if _, err := byCarrying.begin(t.Context(), conn, newer); !errors.Is(err, ErrSchema) {
		t.Errorf("of a newer schema the error is %v", err)
	}
	c, err := byCarrying.begin(t.Context(), conn, &message.Call{Schema: uint32(message.Oldest)})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.raw.SendMsg(&message.Call{Body: bytes.Repeat([]byte{1}, maxPiece+1)}); err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(<-ends); len(got) != 0 {
		t.Errorf("%d bytes of a large piece were passed on", len(got))
	}
}

func TestAStrangerCarriesNothing(t *testing.T) {
	_, b, ends := carrying(t)
	own := etcdtest.NewAuthority(t).Issue("b")
	b.cfg.TLS = &own
	_, options := b.transport()
	server := grpc.NewServer(options...)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	defer server.Stop()
	foreign := etcdtest.NewAuthority(t).Issue("stranger")
	foreign.CA = own.CA // it trusts the node, which does not trust it
	for _, c := range []struct {
		name  string
		with  credentials.TransportCredentials
		taken int
	}{
		{"without TLS", insecure.NewCredentials(), 0},
		{"with another authority's certificate", foreign.Credentials(), 0},
		{"with the cluster's certificate", own.Credentials(), 1},
	} {
		conn, err := grpc.NewClient("passthrough:///"+listener.Addr().String(), grpc.WithTransportCredentials(c.with))
		if err != nil {
			t.Fatal(err)
		}
		_, err = byCarrying.begin(t.Context(), conn, &message.Call{Schema: uint32(message.Oldest)})
		if (err == nil) != (c.taken == 1) || len(ends) != c.taken {
			t.Errorf("%s: %d streams were taken, error %v", c.name, len(ends), err)
		}
		_ = conn.Close()
	}
}

func TestAQuietPumpHoldsLittle(t *testing.T) {
	sizes := make(chan int, 100)
	near, far := net.Pipe()
	go func() {
		for _, n := range []int{maxPiece * 4, 1, 1, 1, 1, 1, 1, 1} {
			_, _ = far.Write(make([]byte, n))
		}
		_ = far.Close()
	}()
	if err := Pump(io.Discard, reading{near, sizes}); err != nil {
		t.Error(err)
	}
	close(sizes)
	most, last := 0, 0
	for last = range sizes {
		most = max(most, last)
	}
	if most != maxPiece || last != minChunk {
		t.Errorf("it read by %d bytes at most, and by %d at the end", most, last)
	}
}

// reading notes how much is asked for.
type reading struct {
	io.Reader
	sizes chan int
}

func (r reading) Read(p []byte) (int, error) {
	r.sizes <- len(p)
	return r.Reader.Read(p)
}

func TestNothingIsLeftOfWhatWasCarried(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Run("world", func(t *testing.T) {
		a, _, ends := carrying(t)
		for range 20 {
			carry(t, a)
			far := <-ends
			t.Cleanup(func() { _ = far.SetDeadline(time.Unix(1, 0)) })
		}
	})
	goleak.VerifyNone(t, before)
}
