package world

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"hermod/faults/internal/role"
	"hermod/internal/authority"
)

const platform = "telegram"

// files writes secrets, the connector's certificate, and the daemon's configuration.
func (w *World) files() error {
	secret := make([]byte, 24)
	for _, name := range append([]string{"local"}, w.bots...) {
		_, _ = rand.Read(secret)
		if err := w.write(name+".secret", hex.EncodeToString(secret)); err != nil {
			return err
		}
	}
	_, _ = rand.Read(secret)
	if err := w.write("webhook.secret", "whsec_"+base64.StdEncoding.EncodeToString(secret)); err != nil {
		return err
	}
	if err := w.certificate(); err != nil {
		return err
	}
	if w.opts.Cluster {
		return w.configureNodes()
	}
	return w.configure()
}

func (w *World) write(name, text string) error {
	if err := os.WriteFile(w.path(name), []byte(text), 0o600); err != nil {
		return fmt.Errorf("set up the world: %w", err)
	}
	return nil
}

// certificate makes one for the connector, which is its own authority.
func (w *World) certificate() error {
	own, err := authority.SelfSigned(authority.For("127.0.0.1"))
	if err != nil {
		return err
	}
	certificate, key, err := authority.PEM(own)
	if err != nil {
		return err
	}
	if err := w.write("cert.pem", string(certificate)); err != nil {
		return err
	}
	return w.write("key.pem", string(key))
}

// defaults are those of all bots.
func (w *World) defaults() string {
	return fmt.Sprintf(`defaults:
  url: ws://%s
  timing: {backoff: %s, max_backoff: %s, ping_interval: %s, pong_timeout: %s, outbound_timeout: %s, retry_delay: %s,
    dial_timeout: %[8]s, handshake_timeout: %[8]s}
bots:
`, w.at["d-c"], role.Backoff, role.MaxBackoff, role.PingInterval, role.PongTimeout, role.OutboundTimeout,
		role.RetryDelay, role.DialTimeout)
}

func (w *World) webhook() string {
	return fmt.Sprintf("webhook: {url: 'http://%s/', secret: {file: %s}, timeout: 3s, retry_for: 1500ms}", w.at["d-r"],
		w.path("webhook.secret"))
}

// configure writes the daemon's configuration.
func (w *World) configure() error {
	child := encode(role.Config{Role: "child", Name: "child", Journal: w.journal("child")})
	ways := map[string]string{
		"b": "relay: {gateway_id: local, secret: {file: local.secret}}",
		"w": w.webhook(),
		"s": "stream: {}",
		"p": fmt.Sprintf("process: {command: [%q, role, '%s'], manual_ack: true}", w.opts.Players, child),
	}
	var text strings.Builder
	fmt.Fprintf(&text, `http: {listen: '%s'}
state: %s
gateways: {listen: '%s', durable: %t}
shutdown: {budget: 2s}
%s`, w.at["api"], w.disks["daemon"].folder, w.at["gateways"], !w.opts.Tight, w.defaults())
	limits := ""
	if w.opts.Tight {
		limits = fmt.Sprintf(", max_queued: %d, max_handlers: %d", role.MaxQueued, role.MaxHandlers)
	}
	for _, bot := range w.bots[1:] {
		tries := 3
		if bot == "w" {
			tries = w.tries
		}
		fmt.Fprintf(&text, `  - name: %[1]s
    gateway_id: %[1]s
    secret: {file: %[1]s.secret}
    identities: [{platform: %[2]s, bot_id: bot-%[1]s}]
    limits: {tries: %[3]d%[5]s}
    deliver: {%[4]s}
`, bot, platform, tries, ways[bot], limits)
	}
	return w.write("hermod.yaml", text.String())
}
