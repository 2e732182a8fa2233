package daemon

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"hermod/actors"
	"hermod/wire"
)

// gatewayAt is what a gateway gets that dials a unix socket.
func gatewayAt(t *testing.T, socket string) <-chan string {
	t.Helper()
	engine, err := actors.New(actors.EngineConfig{})
	must(t, err)
	got := make(chan string, 10)
	_, err = engine.Spawn("local", actors.Config{URL: "ws://localhost", GatewayID: "local", Secret: "local",
		Identities: []wire.Identity{{Platform: "discord"}},
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
		Handlers: actors.Handlers{Inbound: func(_ context.Context, d *actors.Inbound) error { got <- d.Event.Text; return nil }}})
	must(t, err)
	t.Cleanup(func() { must(t, engine.Close(context.Background())) })
	return got
}

func TestReloadsMoveTheGatewaysListenerAndWhatIsKeptStays(t *testing.T) {
	c := serveConnector(t, "bot")
	folder := t.TempDir()
	file := func(listen string) string {
		return fmt.Sprintf("http: {listen: '127.0.0.1:0'}\nstate: '%s'\ngateways: {listen: '%s'}\nbots: [{name: bot, url: '%s', gateway_id: bot, "+
			"secret: {env: SECRET}, identities: [{platform: discord}], deliver: {relay: {gateway_id: local, secret: {env: LOCAL}}}}]\n",
			filepath.Join(folder, "state"), listen, c.URL())
	}
	first, second := filepath.Join(folder, "1.sock"), filepath.Join(folder, "2.sock")
	r := runWith(t, file("unix:"+first), func(o *Options) { o.Environ = append(o.Environ, "LOCAL=local") })
	r.await([]string{"bot"}, connected)
	_, err := c.Inject("bot", []byte(`{"text":"kept"}`))
	must(t, err)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = taken.Close() }()
	r.write(file(taken.Addr().String()))
	if _, err := r.askReload(t.Context(), false); err == nil || !strings.Contains(err.Error(), "gateways.listen") {
		t.Errorf("a reload to an address that is taken says %v", err)
	}
	if conn, err := net.Dial("unix", first); err != nil {
		t.Errorf("after a reload that failed: %v", err)
	} else {
		_ = conn.Close()
	}
	r.write(file("unix:" + second))
	_, err = r.askReload(t.Context(), false)
	must(t, err)
	if conn, err := net.Dial("unix", first); err == nil {
		_ = conn.Close()
		t.Error("the old address is served still")
	}
	if text := <-gatewayAt(t, second); text != "kept" {
		t.Errorf("the gateway got %s", text)
	}
}
