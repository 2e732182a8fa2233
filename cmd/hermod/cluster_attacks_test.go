//go:build cluster

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"hermod/actors"
	"hermod/wire"
)

// TestAClustersNodeIsNotHeldUpByWhoAttacksWhereGatewaysDial has strangers, and a gateway that has gone mad, take what
// they can of a node that carries, while others come and talk.
func TestAClustersNodeIsNotHeldUpByWhoAttacksWhereGatewaysDial(t *testing.T) {
	t.Parallel()
	w, g := newGatewayWorld(t, 2, 4)
	w.nodes[0].start()
	w.nodes[1].start()
	w.balanced()
	w.await("start")
	far := w.botsOf("n1")
	mad, good := far[0], far[1]
	var open []net.Conn
	t.Cleanup(func() {
		for _, conn := range open {
			_ = conn.Close()
		}
	})
	dial := func(head string) net.Conn {
		conn, err := net.Dial("tcp", g.dials)
		must(t, err)
		open = append(open, conn)
		_, _ = conn.Write([]byte(head))
		return conn
	}
	head := func(id string, secret wire.Secret) string {
		return "GET /relay HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer " +
			wire.MintToken(id, secret, wire.TokenTTL, time.Now()) + "\r\n\r\n"
	}
	for range 200 {
		dial("GET /relay HT") // a slow head
		dial(head("behind-"+good, "another secret"))
	}
	huge := dial("GET /relay HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("x", 200_000) + "\r\n\r\n")
	if answer, err := io.ReadAll(huge); err == nil && !strings.Contains(string(answer), "431") {
		t.Errorf("a head of 200 kB is answered %.60q", answer)
	}
	// A gateway that proves itself, floods its bot's node and reads nothing.
	flood := dial(head("behind-"+mad, gatewaysSecret))
	hello := wire.AppendHello(nil, wire.Hello{Platform: "discord", BotID: mad})
	frames := ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame(hello)))
	for i := range 500 {
		line := wire.AppendOutbound(nil, fmt.Sprintf("%032x", i), wire.NewSend("c1", strings.Repeat("x", 20_000)), "", "")
		frames = append(frames, ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame(line)))...)
	}
	end := make(chan struct{})
	defer close(end)
	go func() {
		for !within(end) {
			if _, err := flood.Write(frames); err != nil {
				return
			}
		}
	}()
	g.only(good)
	g.start()
	g.w.until("the other gateway is connected", func() bool { return g.relays[good].Status().State == actors.Ready })
	for i := range 50 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		result, err := g.relays[good].Send(ctx, wire.NewSend("c1", "hello"))
		cancel()
		if err != nil || !result.Success {
			t.Fatalf("request %d of the other gateway: %+v, %v", i, result, err)
		}
		w.platform.deliver(good)
	}
	w.until("its deliveries are acknowledged", func() bool { return w.platform.unacknowledged() == 0 })
	for _, n := range w.nodes {
		if size := n.memory(); size > 250<<20 {
			t.Errorf("%s holds %d MiB", n.name, size>>20)
		}
	}
}

// only has one gateway start.
func (g *gatewaySide) only(bot string) { g.starts = []string{bot} }

// memory is what a node's process has in memory, in bytes.
func (n *nodeProcess) memory() (size int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", n.cmd.Process.Pid))
	must(n.world.t, err)
	var pages, resident int
	_, _ = fmt.Sscan(string(text), &pages, &resident)
	n.world.t.Logf("%s holds %d MiB", n.name, resident*os.Getpagesize()>>20)
	return resident * os.Getpagesize()
}
