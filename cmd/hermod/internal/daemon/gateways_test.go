package daemon

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hermod/actors"
	"hermod/connector"
	"hermod/gateway/boot"
	"hermod/wire"
)

// gatewayBy is a gateway, and what it gets; over a unix socket if it is given one.
func gatewayBy(t *testing.T, url string,
	dial func(context.Context, string, string) (net.Conn, error)) (*actors.Relay, <-chan *actors.Inbound) {
	t.Helper()
	engine, err := actors.New(actors.EngineConfig{})
	must(t, err)
	got := make(chan *actors.Inbound, 10)
	relay, err := engine.Spawn("local", actors.Config{URL: url, GatewayID: "local", Secret: "local", Dial: dial,
		Identities: []wire.Identity{{Platform: "discord"}},
		Handlers:   actors.Handlers{Inbound: func(_ context.Context, d *actors.Inbound) error { got <- d; return nil }}})
	must(t, err)
	t.Cleanup(func() { must(t, engine.Close(context.Background())) })
	_, err = relay.Handshake(t.Context())
	must(t, err)
	return relay, got
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
	_, events := gatewayBy(t, "ws://localhost", func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", second)
	})
	if text := (<-events).Event.Text; text != "kept" {
		t.Errorf("the gateway got %s", text)
	}
}

func TestMediaPassBothWaysWithTheBotsOwnBearer(t *testing.T) {
	c := serveConnector(t, "bot")
	r := runWith(t, fmt.Sprintf("http: {listen: '127.0.0.1:0'}\ngateways: {listen: '127.0.0.1:0', durable: false}\nbots: [{name: bot, url: '%s', "+
		"gateway_id: bot, secret: {env: SECRET}, identities: [{platform: discord}], deliver: {relay: {gateway_id: local, secret: {env: LOCAL}}}}]\n",
		c.URL()), func(o *Options) { o.Environ = append(o.Environ, "LOCAL=local") })
	r.await([]string{"bot"}, connected)
	dial := "ws://" + r.gateways.addr()
	client, err := boot.New(boot.Config{URL: dial, GatewayID: "local"})
	must(t, err)
	defer client.CloseIdle()
	media := client.Media(wire.Credentials{GatewayID: "local", Secret: "local"})
	uploaded, err := media.Upload(t.Context(), boot.Upload{Body: strings.NewReader("a picture"), ContentType: "image/png"})
	must(t, err)
	here := strings.Replace(dial, "ws", "http", 1) + wire.MediaPath + "/"
	id := strings.TrimPrefix(uploaded, here)
	if item, file, err := c.OpenMedia(id); err != nil || item.Gateway != "bot" {
		t.Errorf("at the connector it is %+v, %v", item, err)
	} else {
		_ = file.Close()
	}
	relay, events := gatewayBy(t, dial, nil)
	_, err = relay.Send(t.Context(), wire.NewAction("send_media").With("source_url", uploaded))
	must(t, err)
	sent := c.Outbound(0)
	if source, _ := sent[len(sent)-1].Action.Field("source_url"); string(source) != `"`+c.MediaURL(id)+`"` {
		t.Errorf("the connector was given %s", source)
	}
	stored, err := c.StoreMedia("bot", connector.Media{ContentType: "image/png"}, strings.NewReader("an answer"))
	must(t, err)
	_, err = c.Inject("bot", fmt.Appendf(nil, `{"text":"look","media_urls":[%q]}`, c.MediaURL(stored.ID)))
	must(t, err)
	urls := (<-events).Event.Extras().MediaURLs
	if len(urls) != 1 || urls[0] != here+stored.ID {
		t.Fatalf("the gateway was given %v", urls)
	}
	download, err := media.Download(t.Context(), urls[0])
	must(t, err)
	defer func() { _ = download.Close() }()
	if content, err := io.ReadAll(download); err != nil || string(content) != "an answer" {
		t.Errorf("the gateway read %q, %v", content, err)
	}
	stranger := client.Media(wire.Credentials{GatewayID: "local", Secret: "another"})
	if _, err := stranger.Download(t.Context(), urls[0]); err == nil {
		t.Error("a stranger read the file")
	}
	must(t, client.DeclarePolicy(t.Context(), wire.Credentials{GatewayID: "local", Secret: "local"},
		wire.RelevancePolicy{Platform: "discord", AllowOtherBots: true}))
	if policies := c.Boot()["bot"].Policies; len(policies) != 1 || !policies[0].AllowOtherBots {
		t.Errorf("policies at the connector are %+v", policies)
	}
}

func TestADaemonWhoseStoreForGatewaysIsInUseSaysSoAndDoesNotStart(t *testing.T) {
	folder := t.TempDir()
	other, err := connector.Start(connector.Config{DataDir: filepath.Join(folder, "gateways")})
	must(t, err)
	defer func() { must(t, other.Close(context.Background())) }()
	path := filepath.Join(t.TempDir(), "hermod.yaml")
	must(t, os.WriteFile(path, fmt.Appendf(nil, "http: {listen: '127.0.0.1:0'}\nstate: '%s'\ngateways: {listen: '127.0.0.1:0'}\n"+
		"bots: [{name: bot, url: 'ws://127.0.0.1:1', identities: [{platform: discord}], deliver: {relay: {gateway_id: g, secret: {env: L}}}}]\n",
		folder), 0o600))
	err = Run(t.Context(), Options{Path: path, Environ: []string{"L=local"}, Stdout: io.Discard, Stderr: t.Output()})
	if err == nil || !strings.Contains(err.Error(), "another connector uses it") {
		t.Errorf("the error is %v", err)
	}
}
