package downstream_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/wire"
)

// others are the nodes of a cluster that knows a's gateway: whatever dials is asked to come back.
type others struct{ taken chan string }

func (o *others) Knows(gateway string) bool { return gateway == "a" }

func (o *others) Take(gateway string, w http.ResponseWriter, _ *http.Request) bool {
	if !o.Knows(gateway) {
		return false
	}
	select {
	case o.taken <- gateway:
	default:
	}
	http.Error(w, "elsewhere", http.StatusServiceUnavailable)
	return true
}

// inCluster runs a test of a node that has bot a.
func inCluster(t *testing.T, test func(w *world, o *others)) {
	t.Helper()
	o := new(others)
	inWorld(t, false, func(w *world) {
		w.others, o.taken = o, make(chan string, 10)
		w.cfg.Shutdown.Budget.Duration = time.Minute
		w.cfg.Bots[0].Epoch = 1
	}, func(w *world) { test(w, o) })
}

// give has the bot leave the node, and take brings it back.
func (w *world) give() {
	w.Helper()
	w.apply(nil)
}

func (w *world) apply(bots []*config.Bot) {
	w.Helper()
	cfg := *w.cfg
	cfg.Bots, cfg.Node = bots, true
	w.must(w.server.Apply(&cfg, nil, nil))
	_, err := w.fleet.Apply(&cfg)
	w.must(err)
}

func TestAGatewayWhoseBotMovesSettlesWhatItHasAndIsAskedToComeBack(t *testing.T) {
	inCluster(t, func(w *world, o *others) {
		up := w.connector()
		release := make(chan struct{})
		g := w.gateway("a", func(cfg *actors.Config) {
			cfg.Handlers.Inbound = func(context.Context, *actors.Inbound) error { <-release; return nil }
		})
		defer g.close()
		w.must(up.SendInbound([]byte(`{"text":"one","message_id":"1","source":{"platform":"telegram","chat_id":"c"}}`), "b1"))
		synctest.Wait()
		w.give()
		up.Expect(wire.KindGoingIdle)
		w.must(up.Send(wire.AppendGoingIdleAck(nil)))
		synctest.Wait()
		if s := g.Status(); s.State != actors.Ready {
			t.Fatalf("while its bot drains the gateway is %s: %s", s.State, s.LastError)
		}
		if w.server.Serves("a") {
			t.Error("a bot that drains is served to newcomers")
		}
		close(release)
		if id, _ := wire.DecodeInboundAck(up.Expect(wire.KindInboundAck)); id != "b1" {
			t.Errorf("acknowledged %q", id)
		}
		<-o.taken // the gateway dialled again
		s := g.Status()
		if s.State == actors.Disabled || s.Generation < 2 {
			t.Errorf("the gateway is %s in generation %d: %s", s.State, s.Generation, s.LastError)
		}
		if !strings.Contains(w.log.String(), "code=1012") {
			t.Errorf("the session was not closed with 1012: %s", w.log.String())
		}
		w.apply(w.cfg.Bots)
		up = w.connector()
		w.must(up.SendInbound([]byte(`{"text":"two","message_id":"2","source":{"platform":"telegram","chat_id":"c"}}`), "b2"))
		up.Expect(wire.KindInboundAck)
	})
}

func TestAGatewayThatNobodyKnowsIsRefusedByANodeAsByAConnector(t *testing.T) {
	inCluster(t, func(w *world, _ *others) {
		w.connector()
		w.give()
		g := w.gateway("nobody", func(cfg *actors.Config) { cfg.Backoff = time.Hour })
		defer g.close()
		if s := g.Status(); !strings.Contains(s.LastError, "4401") {
			t.Errorf("the gateway is told %q", s.LastError)
		}
	})
}

func TestAConnectionThatAnotherNodeAcceptedIsServedAsOneThatDialled(t *testing.T) {
	inCluster(t, func(w *world, _ *others) {
		up := w.connector()
		if _, here := w.server.Open("b", "10.9.8.7:1"); here {
			t.Error("a gateway that is not here is served")
		}
		g := w.gateway("a", func(cfg *actors.Config) {
			cfg.Dial = func(context.Context, string, string) (net.Conn, error) {
				conn, here := w.server.Open("a", "10.9.8.7:1")
				if !here {
					return nil, fmt.Errorf("not here")
				}
				return conn, nil
			}
		})
		defer g.close()
		w.must(up.SendInbound([]byte(`{"text":"one","message_id":"1","source":{"platform":"telegram","chat_id":"c"}}`), "b1"))
		g.want("one")
		up.Expect(wire.KindInboundAck)
		call := g.Start(wire.NewSend("c", "hi"))
		w.must(up.Answer(up.Expect(wire.KindOutbound), wire.Result{Success: true}))
		if result, err := call.Wait(background); err != nil || !result.Success {
			t.Errorf("the result is %+v, %v", result, err)
		}
		if !strings.Contains(w.log.String(), "remote=10.9.8.7:1") {
			t.Errorf("the address is lost: %s", w.log.String())
		}
	})
}

func TestConnectionsThatNobodyServesAreBoundedAndClosed(t *testing.T) {
	inCluster(t, func(w *world, _ *others) {
		w.connector()
		var conns []net.Conn
		for range 2000 {
			if conn, here := w.server.Open("a", "x:1"); here {
				conns = append(conns, conn)
			}
		}
		if len(conns) == 0 || len(conns) == 2000 {
			t.Errorf("%d of 2000 connections were taken at once", len(conns))
		}
		w.server.Close()
		for _, conn := range conns {
			if _, err := conn.Read(make([]byte, 1)); err == nil {
				t.Error("a connection of a server that is closed says something")
			}
		}
		if _, here := w.server.Open("a", "x:1"); here {
			t.Error("a server that is closed takes a connection")
		}
	})
}
