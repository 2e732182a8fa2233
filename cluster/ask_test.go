package cluster

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"hermod/cluster/message"
	"hermod/cluster/registry"
)

// idle is a host that runs nothing.
type idle struct{}

func (idle) Lacks(map[string]Desired) []string { return nil }
func (idle) Start(Grant) Running               { return nil }

// twoNodes are a and b, of which a knows both, without a store. answer is what b says.
func twoNodes(t *testing.T, answer func(context.Context, Request, *AnswerWriter) error) (a, b *Node) {
	t.Helper()
	view := &registry.View{Members: make(map[string]registry.Member)}
	node := func(name string) *Node {
		n, err := New(Config{Name: name, Etcd: registry.Config{Cluster: "c", Endpoints: []string{"127.0.0.1:1"}},
			Listen: "127.0.0.1:0", Host: idle{}, Answer: answer})
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, options := n.transport()
		server := grpc.NewServer(options...)
		go func() { _ = server.Serve(listener) }()
		t.Cleanup(func() {
			n.links.close()
			server.Stop()
		})
		n.at = listener.Addr().String()
		view.Members[name] = registry.Member{Address: n.at}
		return n
	}
	a, b = node("a"), node("b")
	a.view.Store(view)
	return a, b
}

func TestAnAnswerOfAnyLengthComesInPiecesAndWhole(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789abcdef"), 3*MaxBody/16)
	a, _ := twoNodes(t, func(_ context.Context, r Request, w *AnswerWriter) error {
		if err := w.Begin(map[string]string{"to": r.Method, "k": r.Meta["k"]}); err != nil {
			return err
		}
		_, err := w.Write(append(r.Body, long...))
		return err
	})
	s, err := a.Ask(t.Context(), "b", Request{Method: "m", Meta: map[string]string{"k": "v"}, Body: []byte("q")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	got, err := io.ReadAll(s)
	if err != nil || sha256.Sum256(got) != sha256.Sum256(append([]byte("q"), long...)) {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
	if s.Meta["to"] != "m" || s.Meta["k"] != "v" {
		t.Errorf("meta is %v", s.Meta)
	}
}

func TestAnAnswererWaitsForWhoReadsNotAndEndsWithHim(t *testing.T) {
	written, ended := make(chan int, 1000), make(chan error, 1)
	a, _ := twoNodes(t, func(ctx context.Context, _ Request, w *AnswerWriter) error {
		err := w.Begin(nil)
		for err == nil {
			var n int
			n, err = w.Write(make([]byte, maxPiece))
			written <- n
		}
		ended <- ctx.Err()
		return err
	})
	s, err := a.Ask(t.Context(), "b", Request{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(s, make([]byte, 10*maxPiece)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("the answerer wrote to the end though nobody read")
	}
	if ahead := len(written); ahead > 10+10 {
		t.Errorf("%d pieces were written, of which 10 were read", ahead)
	}
	for {
		if _, err := s.Read(make([]byte, maxPiece)); err != nil {
			break
		}
	}
}

func TestQuestionsThatCannotBeAnsweredAreRefusedClearly(t *testing.T) {
	a, b := twoNodes(t, func(_ context.Context, r Request, w *AnswerWriter) error {
		switch r.Method {
		case "panic":
			panic("a bug")
		case "large":
			return w.Begin(map[string]string{"k": string(make([]byte, MaxBody))})
		}
		return errors.New("the host says no")
	})
	for _, c := range []struct {
		node   string
		r      Request
		is     error
		saying string
	}{
		{node: "c", is: ErrNoNode},
		{node: "b", r: Request{Body: make([]byte, MaxBody)}, is: ErrTooLarge},
		{node: "b", saying: "ask node b: the host says no"},
		{node: "b", r: Request{Method: "panic"}, saying: "ask node b: the node's host panicked"},
		{node: "b", r: Request{Method: "large"}, saying: "ask node b: " + ErrTooLarge.Error()},
	} {
		_, err := a.Ask(t.Context(), c.node, c.r)
		if err == nil || c.is != nil && !errors.Is(err, c.is) || c.saying != "" && err.Error() != c.saying {
			t.Errorf("%s %s: error %v", c.node, c.r.Method, err)
		}
	}
	for range cap(b.asked) { // every place is taken, once those that were asked before have left
		b.asked <- struct{}{}
	}
	if _, err := a.Ask(t.Context(), "b", Request{}); !errors.Is(err, ErrOverloaded) {
		t.Errorf("at the bound the error is %v", err)
	}
	<-b.asked
	b.cfg.Answer = nil // as an older program
	if _, err := a.Ask(t.Context(), "b", Request{}); !errors.Is(err, ErrSchema) {
		t.Errorf("of an older node the error is %v", err)
	}
}

func TestAQuestionInANewerSchemaIsRefused(t *testing.T) {
	a, b := twoNodes(t, func(context.Context, Request, *AnswerWriter) error { return nil })
	conn, err := a.links.to(b.at, a.View(), a.dial)
	if err != nil {
		t.Fatal(err)
	}
	newer := &message.Call{Schema: uint32(message.Schema) + 1}
	if _, err := byAsking.begin(t.Context(), conn, newer); !errors.Is(err, ErrSchema) {
		t.Errorf("the error is %v", err)
	}
}

func TestOnlyTheOneMethodIsServedBesideTheFrameworks(t *testing.T) {
	a, b := twoNodes(t, func(context.Context, Request, *AnswerWriter) error { panic("asked") })
	conn, err := a.links.to(b.at, a.View(), a.dial)
	if err != nil {
		t.Fatal(err)
	}
	err = conn.Invoke(t.Context(), "/hermod.cluster.Peer/Else", new(message.Call), new(message.Answer))
	if !errors.Is(understood(err), ErrSchema) {
		t.Errorf("the error is %v", err)
	}
}

func TestLinksToNodesThatHaveLeftAreClosed(t *testing.T) {
	var l links
	view := func(addresses ...string) *registry.View {
		v := &registry.View{Members: make(map[string]registry.Member)}
		for _, address := range addresses {
			v.Members[address] = registry.Member{Address: address}
		}
		return v
	}
	a, b := twoNodes(t, nil)
	to := func(address string, v *registry.View) *grpc.ClientConn {
		conn, err := l.to(address, v, a.dial)
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	first := to(a.at, view(a.at, b.at))
	if first != to(a.at, view(a.at, b.at)) {
		t.Error("a link is opened twice")
	}
	to(b.at, view(b.at))
	if len(l.open) != 1 {
		t.Errorf("%d links are kept, to one node", len(l.open))
	}
	l.close()
	if _, err := l.to(a.at, view(a.at), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end the error is %v", err)
	}
}

func TestNothingIsLeftOfNodesThatAskedEachOther(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Run("world", func(t *testing.T) {
		a, _ := twoNodes(t, func(ctx context.Context, _ Request, w *AnswerWriter) error {
			err := w.Begin(nil)
			<-ctx.Done()
			return err
		})
		for range 20 {
			if _, err := a.Ask(t.Context(), "b", Request{}); err != nil {
				t.Fatal(err)
			}
		}
	})
	goleak.VerifyNone(t, before)
}
