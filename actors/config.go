package actors

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"hermod/supervisor"
	"hermod/wire"
)

// Config describes one relay. The zero value of every field but URL, Identities and Handlers.Inbound is a working
// default. Spawn copies it, so changing it later changes nothing; the exceptions are named in TLS.
type Config struct {
	// URL is the connector's: ws, wss, http or https; "/relay" is added to the path where it lacks.
	URL string
	// Identities are the platform bots behind this relay; the first is the session's default. At least one.
	Identities []wire.Identity
	// Commands is the command manifest, told to the connector for Discord identities.
	Commands []wire.Command
	// GatewayID and Secret authenticate every dial with a fresh token. Both or neither.
	GatewayID string
	Secret    wire.Secret
	// Epoch tells the connector, at every dial, which of several machines that may run this gateway runs it now: each that
	// takes it over has a higher one than all before. 0 tells nothing.
	Epoch int64
	// Handlers take what the connector sends.
	Handlers Handlers

	// NoReconnect ends the relay as failed at the end of its first link.
	NoReconnect bool
	// Strategy is the rule for a refused credential; "" is supervisor.Terminal.
	Strategy supervisor.Strategy
	// Backoff (1 s) is the first delay between dials and MaxBackoff (30 s) the longest; StableAfter (60 s) is how long
	// a connection must live to reset the ladder.
	Backoff, MaxBackoff, StableAfter time.Duration
	// DialTimeout (30 s) bounds a dial with its upgrade, HandshakeTimeout (30 s) the wait for the first descriptor,
	// OutboundTimeout (30 s) a request, WriteTimeout (10 s) each 64 KiB of a write.
	DialTimeout, HandshakeTimeout, OutboundTimeout, WriteTimeout time.Duration
	// PingInterval (30 s) separates pings; PongTimeout (60 s) without an answer ends the link. With more than a minute
	// between them TCP probes the connector as well, if Dial is nil.
	PingInterval, PongTimeout time.Duration

	// MaxFrame (8 MiB, at least 1 MiB) bounds a line from the connector; a longer one ends the connection with 1009.
	MaxFrame int
	// MaxPending (4096) and MaxPendingBytes (64 MiB) bound the requests without a result; beyond, Send fails with ErrBusy.
	MaxPending, MaxPendingBytes int
	// MaxQueued (4096) and MaxQueuedBytes (64 MiB) bound the deliveries that are not settled, by number and by the memory
	// that they hold, decoded or not. What comes beyond waits undecoded. The relay reads on to twice MaxQueued, and for
	// min(MaxQueuedBytes, MaxFrame) more, so that it sees results, interrupts, pongs and the end of the connection behind
	// them; then it stops reading, up to one read beyond that. A connection whose descriptors are not all in may go on for
	// MaxFrame more. One without any may always bring MaxFrame, and fails if its first descriptor lies beyond that; what
	// it brought and is not decoded is dropped then, unacknowledged.
	MaxQueued, MaxQueuedBytes int
	// MaxHandlers (64) bounds the handlers that run at once.
	MaxHandlers int
	// DedupeKeys (4096) is how many handled deliveries are remembered, so that their copies are dropped; one takes about
	// 150 bytes. NoDedupe hands out copies as well, for a gateway that recognises them itself.
	DedupeKeys int
	NoDedupe   bool
	// Tries (3) is how often a delivery is given to its handler; RetryDelay (1 s) separates the first two, and doubles.
	Tries      int
	RetryDelay time.Duration

	// TLS adjusts how a wss connection is verified.
	TLS TLS
	// Dial opens the TCP connection; nil is a net.Dialer that honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY. One that takes
	// no notice of its context is left a second after that ends, and what it returns later is closed.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// SessionKey adjusts how events are put into lanes, and the key that handlers get.
	SessionKey wire.SessionKeyOptions
	// Platforms are names to know besides wire.KnownPlatforms and those of Identities.
	Platforms []string
	// Logger gets one line per transition, as EngineConfig.Logger does; nil is the engine's, or none.
	Logger *slog.Logger

	jitter func() float64 // of delays, in [0, 1); set by tests that must run the same way twice
}

// TLS adjusts the verification of the connector's certificate. There is no way to switch it off.
type TLS struct {
	// RootCAs are the authorities to trust; nil is the system's. The pool is not copied: do not add to it once a relay
	// has it, but to a clone.
	RootCAs *x509.CertPool
	// Certificates are shown to a connector that asks for a client certificate. Their private keys are not copied.
	Certificates []tls.Certificate
	// ServerName is the name to verify; "" is the URL's host.
	ServerName string
}

// ClientConfig returns what a TLS client of the connector uses, at least TLS 1.2: the relay's socket, and any HTTP
// client beside it. The caller owns the result.
func (t TLS) ClientConfig() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: t.RootCAs, Certificates: t.Certificates,
		ServerName: t.ServerName}
}

// config is a validated Config with its defaults and what follows from it. It is never changed, and shared by the
// actors of a relay. What relays that were configured alike have in common they have once.
type config struct {
	*settings
	*seams
	Handlers Handlers
	*credentials
	name       string
	Identities []wire.Identity
}

// seams is what of a configuration cannot be compared in full; relays that have none of their own share it.
type seams struct {
	Dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	jitter  func() float64
	logger  *slog.Logger
	decoder *wire.Decoder
}

// settings is the part of a Config that relays may share.
type settings struct {
	given Config // as it was, but for what is each relay's own
	Config
	dialURL   string
	target    target
	abilities string // as headers
	policy    supervisor.Policy
	plain     wire.Decoder // of a relay whose identities add no platform
}

// lastSettings, lastSeams and lastIdentities are those of the last relay: the next one's are likely the same.
var (
	lastSettings   atomic.Pointer[settings]
	lastSeams      atomic.Pointer[seams]
	lastIdentities atomic.Pointer[[]wire.Identity]
)

// resolve checks c, reports every field that is wrong, and fills in the defaults.
func (c Config) resolve(name string, fallback *slog.Logger) (config, error) {
	r := config{name: name, Identities: sharedIdentities(c.Identities), Handlers: c.Handlers,
		credentials: credentials{GatewayID: c.GatewayID, Secret: c.Secret, Epoch: c.Epoch}.kept()}
	own := seams{Dial: c.Dial, jitter: c.jitter, logger: c.Logger}
	if own.logger == nil {
		own.logger = fallback
	}
	c.Identities, c.GatewayID, c.Secret, c.Epoch = nil, "", "", 0
	c.Handlers, c.Dial, c.jitter, c.Logger = Handlers{}, nil, nil, nil
	var err error
	r.settings, err = c.settle()
	if err := errors.Join(err, r.validate()); err != nil {
		return config{}, fmt.Errorf("configure relay %q: %w", name, err)
	}
	own.decoder = r.settings.decoderFor(r.Identities)
	r.seams = own.shared()
	return r, nil
}

// shared returns the same seams, which may be another relay's.
func (s seams) shared() *seams {
	if s.Dial != nil || s.jitter != nil {
		if s.jitter == nil {
			s.jitter = rand.Float64
		}
		return &s
	}
	if last := lastSeams.Load(); last != nil && last.logger == s.logger && last.decoder == s.decoder {
		return last
	}
	s.jitter = rand.Float64
	lastSeams.Store(&s)
	return &s
}

// sharedIdentities returns a copy, which may be another relay's.
func sharedIdentities(given []wire.Identity) []wire.Identity {
	if last := lastIdentities.Load(); last != nil && slices.Equal(*last, given) {
		return *last
	}
	own := slices.Clone(given)
	lastIdentities.Store(&own)
	return own
}

// decoderFor returns the decoder of a relay with these identities; most relays share one.
func (c *settings) decoderFor(identities []wire.Identity) *wire.Decoder {
	own := wire.NewDecoder(identities, c.Platforms...)
	if len(own.Platforms) == len(c.plain.Platforms) {
		return &c.plain
	}
	return new(own)
}

// settle returns the settings that follow from c, which may be another relay's.
func (c Config) settle() (*settings, error) {
	if last := lastSettings.Load(); last != nil && last.given.equals(&c) {
		return last, nil
	}
	c = c.clone()
	s := &settings{given: c, Config: c, plain: wire.NewDecoder(nil, c.Platforms...)}
	s.defaults()
	if err := s.validate(); err != nil {
		return nil, err
	}
	s.policy = supervisor.Policy{Strategy: s.Strategy, NoReconnect: s.NoReconnect, Stable: s.StableAfter,
		Backoff: supervisor.Backoff{Base: s.Backoff, Max: s.MaxBackoff}}
	s.abilities = headersOf(wire.Abilities{MaxMessage: s.MaxFrame, AcksPassthrough: true})
	lastSettings.Store(s)
	return s, nil
}

// clone copies what a settled Config shares with its caller, but for private keys and the pool of authorities.
func (c Config) clone() Config {
	c.Platforms, c.Commands = slices.Clone(c.Platforms), slices.Clone(c.Commands)
	for i := range c.Commands {
		c.Commands[i].Options = slices.Clone(c.Commands[i].Options)
	}
	c.TLS.Certificates = slices.Clone(c.TLS.Certificates)
	for i := range c.TLS.Certificates {
		own := &c.TLS.Certificates[i]
		own.Certificate = cloneAll(own.Certificate)
		own.SignedCertificateTimestamps = cloneAll(own.SignedCertificateTimestamps)
		own.OCSPStaple = slices.Clone(own.OCSPStaple)
		own.SupportedSignatureAlgorithms = slices.Clone(own.SupportedSignatureAlgorithms)
		if own.Leaf != nil && len(own.Certificate) > 0 { // it refers to the bytes that it was parsed from
			own.Leaf, _ = x509.ParseCertificate(own.Certificate[0])
		}
	}
	return c
}

func cloneAll(all [][]byte) [][]byte {
	all = slices.Clone(all)
	for i := range all {
		all[i] = slices.Clone(all[i])
	}
	return all
}

// log returns the relay's logger. It is made anew for each line; there are few.
func (c *config) log() *slog.Logger {
	if c.logger == discardLogger {
		return discardLogger
	}
	return c.logger.With(slog.String("bot", c.name))
}

// identity returns the relay's identity on a platform in any spelling: events have its normal one, the connector was
// told the identity's. Of a platform that the relay does not front it has the name only.
func (c *config) identity(platform string) wire.Identity {
	for _, id := range c.Identities {
		if id.Platform == platform || wire.NormalPlatform(id.Platform) == wire.NormalPlatform(platform) {
			return id
		}
	}
	return wire.Identity{Platform: platform}
}

func (c *settings) defaults() {
	fill(&c.Backoff, time.Second)
	fill(&c.MaxBackoff, max(30*time.Second, c.Backoff))
	fill(&c.StableAfter, 60*time.Second)
	fill(&c.DialTimeout, 30*time.Second)
	fill(&c.HandshakeTimeout, 30*time.Second)
	fill(&c.OutboundTimeout, 30*time.Second)
	fill(&c.WriteTimeout, 10*time.Second)
	fill(&c.PingInterval, 30*time.Second)
	fill(&c.PongTimeout, 60*time.Second)
	fill(&c.MaxFrame, wire.DefaultMaxFrame)
	fill(&c.MaxPending, 4096)
	fill(&c.MaxPendingBytes, 64<<20)
	fill(&c.MaxQueued, 4096)
	fill(&c.MaxQueuedBytes, 64<<20)
	fill(&c.MaxHandlers, 64)
	fill(&c.DedupeKeys, 4096)
	fill(&c.Tries, 3)
	fill(&c.RetryDelay, time.Second)
	fill(&c.Strategy, supervisor.Terminal)
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (c *config) validate() error {
	var errs []error
	wrong := func(field, reason string) { errs = append(errs, &wire.ConfigError{Field: field, Reason: reason}) }
	if len(c.Identities) == 0 {
		wrong("Identities", "is empty; name at least one platform")
	}
	for _, id := range c.Identities {
		if id.Platform == "" {
			wrong("Identities", "has an identity without a platform")
		}
		hello := wire.Hello{Platform: id.Platform, BotID: id.BotID}
		if c.settings != nil {
			hello.Commands = c.Commands
		}
		if err := hello.Validate(); err != nil {
			errs = append(errs, err)
		}
	}
	if c.Epoch < 0 {
		wrong("Epoch", "is negative; epochs begin at 1, and 0 is none")
	}
	if (c.GatewayID == "") != (c.Secret == "") {
		wrong("GatewayID", "and Secret go together; set both or neither")
	}
	if c.Secret != "" {
		if err := c.Secret.Valid(); err != nil {
			errs = append(errs, err)
		}
	}
	if c.Handlers.Inbound == nil {
		wrong("Handlers.Inbound", "is missing; deliveries would have nowhere to go")
	}
	return errors.Join(errs...)
}

func (c *settings) validate() error {
	var errs []error
	wrong := func(field, reason string) { errs = append(errs, &wire.ConfigError{Field: field, Reason: reason}) }
	var err error
	if c.dialURL, err = wire.DialURL(c.URL); err != nil {
		errs = append(errs, err)
	} else if c.target, err = targetOf(c.dialURL); err != nil {
		errs = append(errs, err)
	}
	if _, err := supervisor.ParseStrategy(string(c.Strategy)); err != nil {
		errs = append(errs, err)
	}
	if err := (wire.Hello{Platform: "discord", Commands: c.Commands}).Validate(); err != nil {
		errs = append(errs, err)
	}
	c.validateNumbers(wrong)
	return errors.Join(errs...)
}

func (c *settings) validateNumbers(wrong func(field, reason string)) {
	for _, number := range []struct {
		field string
		value int64
	}{
		{"Backoff", int64(c.Backoff)}, {"MaxBackoff", int64(c.MaxBackoff)}, {"StableAfter", int64(c.StableAfter)},
		{"DialTimeout", int64(c.DialTimeout)}, {"HandshakeTimeout", int64(c.HandshakeTimeout)},
		{"OutboundTimeout", int64(c.OutboundTimeout)}, {"WriteTimeout", int64(c.WriteTimeout)},
		{"PingInterval", int64(c.PingInterval)}, {"PongTimeout", int64(c.PongTimeout)}, {"RetryDelay", int64(c.RetryDelay)},
		{"MaxPending", int64(c.MaxPending)}, {"MaxPendingBytes", int64(c.MaxPendingBytes)},
		{"MaxQueued", int64(c.MaxQueued)}, {"MaxQueuedBytes", int64(c.MaxQueuedBytes)},
		{"MaxHandlers", int64(c.MaxHandlers)}, {"DedupeKeys", int64(c.DedupeKeys)}, {"Tries", int64(c.Tries)},
	} {
		if number.value < 0 {
			wrong(number.field, "is negative")
		}
	}
	if c.MaxFrame < 1<<20 {
		wrong("MaxFrame", "is under 1 MiB, which connectors may send")
	}
	if c.MaxBackoff < c.Backoff {
		wrong("MaxBackoff", "is shorter than Backoff")
	}
}
