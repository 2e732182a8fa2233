package connector

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hermod/connector/limit"
	"hermod/wire"
)

// DefaultGateway is the id of the one gateway of a connector without authentication.
const DefaultGateway = "default"

// MaxPayload bounds an injected event or forward in bytes: a line of [wire.DefaultMaxFrame], less
// room for the envelope, so that a gateway with default settings can read every delivery.
const MaxPayload = wire.DefaultMaxFrame - 4<<10

// maxWindow bounds Config.Window.
const maxWindow = 64

// maxGatewayID bounds a gateway id in bytes.
const maxGatewayID = 512

// Config describes a connector. The zero value listens on a free loopback port, without
// authentication, and keeps its buffer in a temporary folder. It is copied by [Start].
type Config struct {
	// Listen is a TCP address, or unix: and the path of a socket, which its owner and group may use; one that
	// a dead process left is replaced. "127.0.0.1:0" when empty.
	Listen string
	// Listener, if set, is used instead of a new one at Listen. Start takes ownership of it, even if it
	// fails.
	Listener net.Listener
	// TLS, if set, has the connector serve wss and https. It brings the certificate: in Certificates,
	// GetCertificate or GetConfigForClient. Start copies it.
	TLS *tls.Config
	// DataDir is the folder of the durable buffer, created when missing and used by one connector
	// at a time. Empty: a temporary folder that Close removes.
	DataDir string
	// Gateways maps each gateway id to its secrets, newest first; a token signed with any of them is
	// accepted. If it is empty and there are no Tenants, there is no authentication: every session
	// belongs to DefaultGateway, and an upgrade with an Origin is refused, so that no web page can
	// become the gateway.
	Gateways map[string][]wire.Secret
	// Tenants maps the name of each tenant to the identity tokens that prove it. Its gateways enrol and
	// provision themselves at /relay/enroll and /relay/provision; what they are issued is kept in
	// DataDir. If it is not empty, gateways must authenticate, even if Gateways is empty.
	Tenants map[string][]wire.Secret
	// EnrollmentTokens are one-time tokens, each of which enrols one gateway.
	EnrollmentTokens []wire.Secret
	// Platform is the descriptor's platform when a hello names none, "relay" when empty.
	Platform string
	// Dev serves the control API under /dev/. It needs a loopback listener or a unix socket.
	Dev bool

	// Descriptor answers a hello; nil, or a nil answer, means DefaultDescriptor. It is called from
	// the session's reader, so it must not block.
	Descriptor func(wire.Identity) *wire.Descriptor
	// OnOutbound is the platform: it performs an action and returns the result for the gateway. nil
	// answers with success. Each call runs on its own goroutine, at most 256 per session; beyond that
	// the action fails at once. ctx ends with the session, and the answer is then dropped.
	OnOutbound func(ctx context.Context, r Record) wire.Result
	// OnInterrupt sees each interrupt frame, from the session's reader: it must not block.
	OnInterrupt func(gateway string, i wire.Interrupt)
	// WakeURLs maps a gateway id to the http(s) URL that wakes it. It is called when something waits for a gateway that is
	// away, again after each WakeCooldown (default 30 s) while that lasts, and by Wake. It goes before the URL that the
	// gateway registered, and may lead anywhere.
	WakeURLs     map[string]string
	WakeCooldown time.Duration
	// SignedWakes calls with a signed POST instead of a plain GET.
	SignedWakes bool
	// WakeNetworks are the networks, besides public addresses, that the wake URLs that gateways register may
	// lead to. With Dev, loopback is one of them.
	WakeNetworks []netip.Prefix

	// Embedding is for programs that stand between their gateways and another connector.
	Embedding Embedding

	// Live sends a delivery at once to a gateway that is connected and has nothing waiting, without writing it to disk
	// and without an acknowledgement: what the gateway has not read is lost when it is frozen or its connection ends. By
	// default every delivery is kept until the gateway has acknowledged it.
	Live bool
	// Window is how many buffered deliveries may be unacknowledged at a time, 1 to 64; 0 means 64.
	Window int
	// MaxBuffered and MaxBufferedBytes bound each gateway's buffer; at a bound Inject fails with
	// ErrBufferFull. Defaults 10 000 entries and 64 MiB.
	MaxBuffered, MaxBufferedBytes int
	// MaxSetAside and MaxSetAsideBytes bound what is set aside for each gateway; the oldest makes room, and is lost.
	// Defaults 1 000 entries and 64 MiB.
	MaxSetAside, MaxSetAsideBytes int
	// MaxQueued and MaxQueuedBytes bound what waits for one session's socket; at a bound deliveries
	// are buffered and the reader stops reading. Defaults 1 024 frames and 8 MiB.
	MaxQueued, MaxQueuedBytes int
	// MaxRecords and MaxRecordBytes bound the actions kept for Outbound; the newest are kept.
	// Defaults 100 000 records and 64 MiB.
	MaxRecords, MaxRecordBytes int
	// MaxConnections bounds the connections that are no session, or not yet: those that are being upgraded, and those of
	// the HTTP plane. Default a quarter of the files that the process may open, from 16 to 16 384.
	MaxConnections int
	// MaxGateways bounds the gateways that were issued credentials over HTTP, and MaxTenantGateways those of
	// one tenant; further ones are refused, with 503 and 403. Defaults 1 000 and 250.
	MaxGateways, MaxTenantGateways int
	// MaxMediaBytes and MaxMediaFiles bound the files kept in all, MaxTenantMediaBytes and
	// MaxTenantMediaFiles those of one tenant. A tenant's new file replaces its own oldest ones; where all
	// have too much together, the oldest of the one with the largest share. A gateway of the configuration
	// is a tenant of its own. Defaults 256 MiB, 10 000 files, 64 MiB, 1 000 files.
	MaxMediaBytes, MaxMediaFiles, MaxTenantMediaBytes, MaxTenantMediaFiles int
	// MediaLife is how long a file is kept at most. Default 1 h.
	MediaLife time.Duration
	// MaxFrame bounds a line from a gateway in bytes, as wire.NewLineBuffer takes it.
	MaxFrame int
	// PingInterval is the time between pings; a peer silent for two of them, or that accepts no
	// byte for as long, is dropped. Default 30 s.
	PingInterval time.Duration
	// Logger receives what happens, without contents or tokens. nil discards it.
	Logger *slog.Logger
}

// Validate reports every bad field, each as a *wire.ConfigError, joined.
func (c *Config) Validate() error {
	var errs []error
	bad := func(field, format string, args ...any) {
		errs = append(errs, &wire.ConfigError{Field: field, Reason: fmt.Sprintf(format, args...)})
	}
	for id, secrets := range c.Gateways {
		if id == "" || len(id) > maxGatewayID {
			bad("Gateways", "a gateway id has 1 to %d bytes", maxGatewayID)
		}
		if len(secrets) == 0 {
			bad("Gateways", "gateway %q has no secret", id)
		}
		for _, secret := range secrets {
			if isBlank(secret) {
				bad("Gateways", "a secret of gateway %q is empty or white space only", id)
			}
		}
	}
	for tenant, tokens := range c.Tenants {
		if tenant == "" || len(tokens) == 0 || slices.ContainsFunc(tokens, isBlank) {
			bad("Tenants", "tenant %q needs a name and an identity token that is not white space only", tenant)
		}
	}
	if c.Listener != nil && c.Listen != "" {
		bad("Listener", "the connector listens there or at Listen; set one of them")
	}
	if t := c.TLS; t != nil && len(t.Certificates) == 0 && t.GetCertificate == nil && t.GetConfigForClient == nil {
		bad("TLS", "it has no certificate")
	}
	if slices.ContainsFunc(c.EnrollmentTokens, isBlank) {
		bad("EnrollmentTokens", "a token is empty or white space only")
	}
	if len(c.EnrollmentTokens) > 0 && len(c.Tenants) == 0 {
		bad("EnrollmentTokens", "enrolling needs an identity token too; configure a tenant")
	}
	for id, raw := range c.WakeURLs {
		if !isWebURL(raw) {
			bad("WakeURLs", "the wake URL of gateway %q is not an http or https URL", id)
		}
	}
	if slices.ContainsFunc(c.WakeNetworks, func(network netip.Prefix) bool { return !network.IsValid() }) {
		bad("WakeNetworks", "a network is not valid; write for example 10.0.0.0/8")
	}
	if c.Window < 0 || c.Window > maxWindow {
		bad("Window", "%d is not between 1 and %d", c.Window, maxWindow)
	}
	for field, value := range map[string]int{
		"MaxBuffered": c.MaxBuffered, "MaxBufferedBytes": c.MaxBufferedBytes,
		"MaxSetAside": c.MaxSetAside, "MaxSetAsideBytes": c.MaxSetAsideBytes,
		"MaxQueued": c.MaxQueued, "MaxQueuedBytes": c.MaxQueuedBytes,
		"MaxRecords": c.MaxRecords, "MaxRecordBytes": c.MaxRecordBytes,
		"MaxConnections": c.MaxConnections, "MaxGateways": c.MaxGateways, "MaxTenantGateways": c.MaxTenantGateways,
		"MaxMediaBytes": c.MaxMediaBytes, "MaxTenantMediaBytes": c.MaxTenantMediaBytes,
		"MaxMediaFiles": c.MaxMediaFiles, "MaxTenantMediaFiles": c.MaxTenantMediaFiles,
	} {
		if value < 0 {
			bad(field, "%d is negative", value)
		}
	}
	for field, value := range map[string]time.Duration{
		"PingInterval": c.PingInterval, "WakeCooldown": c.WakeCooldown, "MediaLife": c.MediaLife,
	} {
		if value < 0 {
			bad(field, "%v is negative", value)
		}
	}
	return errors.Join(errs...)
}

func isBlank(s wire.Secret) bool { return strings.TrimSpace(s.Reveal()) == "" }

// withDefaults fills what was left zero.
func (c Config) withDefaults() Config {
	orDefault(&c.Platform, "relay")
	orDefault(&c.Window, maxWindow)
	orDefault(&c.MaxBuffered, 10_000)
	orDefault(&c.MaxBufferedBytes, 64<<20)
	orDefault(&c.MaxSetAside, 1000)
	orDefault(&c.MaxSetAsideBytes, 64<<20)
	orDefault(&c.MaxQueued, 1024)
	orDefault(&c.MaxQueuedBytes, 8<<20)
	orDefault(&c.MaxRecords, 100_000)
	orDefault(&c.MaxRecordBytes, 64<<20)
	orDefault(&c.MaxConnections, limit.Connections())
	orDefault(&c.MaxGateways, 1000)
	orDefault(&c.MaxTenantGateways, 250)
	orDefault(&c.MaxMediaBytes, 256<<20)
	orDefault(&c.MaxMediaFiles, 10_000)
	orDefault(&c.MaxTenantMediaBytes, min(64<<20, c.MaxMediaBytes))
	orDefault(&c.MaxTenantMediaFiles, 1000)
	orDefault(&c.MediaLife, time.Hour)
	orDefault(&c.WakeCooldown, 30*time.Second)
	orDefault(&c.PingInterval, 30*time.Second)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
