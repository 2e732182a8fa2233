package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"hermod/actors"
	"hermod/wire"
)

// Relay returns the configuration of the bot's relay, without handlers and logger. It reads the certificates; the error
// is theirs.
func (b *Bot) Relay() (actors.Config, error) {
	cfg := actors.Config{
		URL: b.URL, GatewayID: b.GatewayID, Secret: b.Secret.Reveal(), Epoch: b.Epoch,
		NoReconnect: !b.Reconnect, Strategy: b.Strategy,
	}
	for _, identity := range b.Identities {
		cfg.Identities = append(cfg.Identities, wire.Identity(identity))
	}
	if b.Timing != nil {
		b.Timing.fill(&cfg)
	}
	if b.Limits != nil {
		b.Limits.fill(&cfg)
	}
	if s := b.Session; s != nil {
		cfg.SessionKey = wire.SessionKeyOptions{Profile: s.Profile, SharedGroups: s.SharedGroups,
			PerUserThreads: s.PerUserThreads, SharedSlackChats: s.SharedSlackChats}
	}
	if b.TLS == nil {
		return cfg, nil
	}
	var err error
	cfg.TLS, err = b.TLS.load()
	return cfg, err
}

// Subcommands returns SlackSubcommands; those of a nil Session are none.
func (s *Session) Subcommands() []string {
	if s == nil {
		return nil
	}
	return s.SlackSubcommands
}

// Connector returns the host and port that the bot dials, as its URL gives them. It holds no secret.
func (b *Bot) Connector() string {
	dial, err := wire.DialURL(b.URL)
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(dial, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

func (t *Timing) fill(cfg *actors.Config) {
	cfg.Backoff, cfg.MaxBackoff, cfg.StableAfter = t.Backoff.Duration, t.MaxBackoff.Duration, t.StableAfter.Duration
	cfg.DialTimeout, cfg.HandshakeTimeout = t.DialTimeout.Duration, t.HandshakeTimeout.Duration
	cfg.OutboundTimeout, cfg.WriteTimeout = t.OutboundTimeout.Duration, t.WriteTimeout.Duration
	cfg.PingInterval, cfg.PongTimeout = t.PingInterval.Duration, t.PongTimeout.Duration
	cfg.RetryDelay = t.RetryDelay.Duration
}

func (l *Limits) fill(cfg *actors.Config) {
	cfg.MaxFrame = l.MaxFrame
	cfg.MaxPending, cfg.MaxPendingBytes = l.MaxPending, l.MaxPendingBytes
	cfg.MaxQueued, cfg.MaxQueuedBytes = l.MaxQueued, l.MaxQueuedBytes
	cfg.MaxHandlers, cfg.DedupeKeys, cfg.Tries = l.MaxHandlers, l.DedupeKeys, l.Tries
}

func (t *TLS) load() (actors.TLS, error) {
	loaded := actors.TLS{ServerName: t.ServerName}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return loaded, fmt.Errorf("read the connector's authority: %w", err)
		}
		loaded.RootCAs = x509.NewCertPool()
		if !loaded.RootCAs.AppendCertsFromPEM(pem) {
			return loaded, fmt.Errorf("read the connector's authority: %s holds no PEM certificate", t.CAFile)
		}
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return loaded, fmt.Errorf("read the client certificate: %w", err)
		}
		loaded.Certificates = []tls.Certificate{pair}
	}
	return loaded, nil
}
