package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"hermod/actors"
	"hermod/connector"
	"hermod/wire"
)

// behind is a gateway that is made with the engine and stands behind a daemon: it counts what it got.
type behind struct {
	*actors.Relay
	t      *testing.T
	engine *actors.Engine

	mu   sync.Mutex
	next int // of the session
	got  map[string]bool
	news chan struct{}
}

func startBehind(t *testing.T, socket string) *behind {
	t.Helper()
	b := &behind{t: t, got: make(map[string]bool), news: make(chan struct{}, 1)}
	var err error
	b.engine, err = actors.New(actors.EngineConfig{})
	must(t, err)
	b.Relay, err = b.engine.Spawn("behind", actors.Config{URL: "ws://localhost", GatewayID: "local", Secret: "between the two",
		Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}}, Backoff: time.Millisecond, MaxBackoff: 50 * time.Millisecond,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
		Handlers: actors.Handlers{Inbound: b.take}})
	must(t, err)
	t.Cleanup(func() { must(t, b.engine.Close(context.Background())) })
	return b
}

// take wants each event for the first time in the order of its number.
func (b *behind) take(_ context.Context, d *actors.Inbound) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.got[d.Event.Text] && d.Event.Text != fmt.Sprint(b.next) {
		b.t.Errorf("got %s before %d", d.Event.Text, b.next)
	}
	if !b.got[d.Event.Text] {
		b.got[d.Event.Text] = true
		b.next++
	}
	select {
	case b.news <- struct{}{}:
	default:
	}
	return nil
}

// await waits until so many events were taken.
func (b *behind) await(count int) {
	b.t.Helper()
	for limit := time.After(patience); ; {
		b.mu.Lock()
		have := b.next
		b.mu.Unlock()
		if have >= count {
			return
		}
		select {
		case <-b.news:
		case <-limit:
			b.t.Fatalf("%d of %d events came", have, count)
		}
	}
}

// A live event outlives the kill as well, and a request under way is seen to be lost.
func TestAKilledDaemonLosesNothingOfItsGateways(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}, 1), make(chan struct{})
	c := serve(t, func(cfg *connector.Config) {
		cfg.OnOutbound = func(ctx context.Context, r connector.Record) wire.Result {
			if r.Action.Op() == "hang" {
				begun <- struct{}{}
				select {
				case <-release:
				case <-ctx.Done():
				}
			}
			return wire.ParseResult([]byte(`{"success":true,"message_id":"m1"}`))
		}
	})
	defer close(release)
	folder := t.TempDir()
	socket, path := filepath.Join(folder, "gw.sock"), filepath.Join(folder, "hermod.yaml")
	must(t, os.WriteFile(path, fmt.Appendf(nil, "state: state\ngateways: {listen: 'unix:gw.sock'}\nbots: [{name: a, url: '%s', gateway_id: g1, "+
		"secret: {env: S}, identities: [{platform: discord, bot_id: b1}], deliver: {relay: {gateway_id: local, secret: {env: L}}}}]\n",
		c.URL()), 0o600))
	environment := []string{"S=" + gatewaySecret.Reveal(), "L=between the two"}
	inject := func(from, to int) {
		for n := from; n < to; n++ {
			_, err := c.Inject("g1", fmt.Appendf(nil, `{"text":"%d","message_id":"m%d","source":{"platform":"discord","chat_id":"c"}}`, n, n))
			must(t, err)
		}
	}
	d := startDaemon(t, environment, "--config", path)
	inject(0, 20)
	d.await("msg=ready bot=a")
	g := startBehind(t, socket)
	g.await(5)
	inject(20, 40)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	result, err := g.Send(ctx, wire.NewAction("send"))
	if err != nil || result.MessageID != "m1" {
		t.Errorf("the result is %+v, %v", result, err)
	}
	hung := g.Start(wire.NewAction("hang"))
	<-begun
	d.kill()
	result, err = hung.Wait(ctx)
	if err == nil || !result.Ambiguous {
		t.Errorf("the request under way is %+v, %v", result, err)
	}
	d = startDaemon(t, environment, "--config", path)
	inject(40, 60)
	g.await(60)
	d.signal(syscall.SIGTERM)
	d.wantExit(0)
}
