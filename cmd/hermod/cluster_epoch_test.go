//go:build cluster

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"hermod/connector"
	"hermod/wire"
)

// stranger dials as a machine of that epoch would, says hello, and returns the code that it is closed with; 0 if it
// gets a descriptor.
func stranger(t *testing.T, c *connector.Connector, bot string, epoch int64) int {
	t.Helper()
	header := http.Header{wire.EpochHeader: {strconv.FormatInt(epoch, 10)},
		"Authorization": {"Bearer " + wire.MintToken(bot, signingSecret, time.Minute, time.Now())}}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, early, _, err := ws.Dialer{Header: ws.HandshakeHeaderHTTP(header)}.Dial(ctx, c.URL())
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	hello := ws.NewTextFrame(wire.AppendHello(nil, wire.Hello{Platform: "discord", BotID: bot}))
	must(t, ws.WriteFrame(conn, ws.MaskFrame(hello)))
	from := io.Reader(conn)
	if early != nil { // a refusal may come with the answer to the upgrade
		from = early
	}
	frame, err := readFrame(from)
	must(t, err)
	if frame.Header.OpCode != ws.OpClose {
		return 0
	}
	code, _ := ws.ParseCloseFrameData(frame.Payload)
	return int(code)
}

// TestAClustersEpochsDecideAtOurConnectorWhoseSessionStays plays with nodes that are processes, and our connector.
func TestAClustersEpochsDecideAtOurConnectorWhoseSessionStays(t *testing.T) {
	t.Parallel()
	w := newClusterWorld(t, 3, 0)
	cfg := connector.Config{Gateways: make(map[string][]wire.Secret)}
	var file strings.Builder
	for i := range 30 {
		bot := fmt.Sprint("bot-", i)
		w.bots, cfg.Gateways[bot] = append(w.bots, bot), []wire.Secret{signingSecret}
		fmt.Fprintf(&file, "- {name: %s, gateway_id: %[1]s, identities: [{platform: discord, bot_id: %[1]s}]}\n", bot)
	}
	c, err := connector.Start(cfg)
	must(t, err)
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	must(t, os.WriteFile(filepath.Join(w.folder, "bots.yaml"), []byte("defaults: {url: '"+c.URL()+
		"', secret: {env: W}, deliver: {stream: {}}}\nbots:\n"+file.String()), 0o600))
	w.command("cluster", "apply", filepath.Join(w.folder, "bots.yaml"))
	connected := func() bool {
		for _, s := range c.State() {
			if !s.Connected {
				return false
			}
		}
		return true
	}
	w.each((*nodeProcess).start)
	w.balanced()
	w.until("every bot has a session", connected)
	epochOf := func(bot string) int64 {
		view, err := w.store.Read(t.Context())
		must(t, err)
		return view.Claims[bot].Epoch
	}

	n := w.nodes[1]
	had := w.botsOf(n.name)
	bot, before := had[0], epochOf(had[0])
	if code := stranger(t, c, bot, before-1); code != wire.ClosePolicy {
		t.Errorf("a machine of an older epoch is closed with %d", code)
	}
	n.signal(syscall.SIGSTOP)
	w.until("others have its bots", func() bool { return epochOf(bot) > before && len(w.botsOf(n.name)) == 0 && connected() })
	w.until("the stopped node's session has given its place to the newer epoch's", func() bool {
		return stranger(t, c, bot, epochOf(bot)-1) == wire.ClosePolicy
	})
	n.signal(syscall.SIGCONT)
	w.balanced()
	w.until("every bot has a session", connected)

	last := w.botsOf("n0")[0]
	if code := stranger(t, c, last, epochOf(last)+1); code != 0 {
		t.Errorf("a machine of a newer epoch is closed with %d", code)
	}
	w.until("the status tells who was displaced", func() bool {
		return strings.Contains(w.nodes[0].status(t), "the connector gave the place to another session of: "+last+" (1 time)")
	})
}

// status is what 'hermod status' prints of a node.
func (n *nodeProcess) status(t *testing.T) string {
	t.Helper()
	_, out, _ := runHermod(t, "", "status", "--url", *n.url.Load())
	return out
}
