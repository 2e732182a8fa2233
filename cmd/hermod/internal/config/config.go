package config

import (
	"time"

	"hermod/supervisor"
	"hermod/wire"
)

// Config is a checked configuration with its defaults filled in. It is never changed after [Load]; share it freely.
type Config struct {
	HTTP     HTTP     `json:"http"`
	Log      Log      `json:"log"`
	Metrics  Metrics  `json:"metrics"`
	Tracing  Tracing  `json:"tracing"`
	Shutdown Shutdown `json:"shutdown"`
	// State is the folder that keeps what outlives the daemon, absolute; "" when nothing does.
	State       string      `json:"state"`
	DeadLetters DeadLetters `json:"dead_letters"`
	Start       Start       `json:"start"`
	Gateways    Gateways    `json:"gateways"`
	// Bots are in the file's order; their names differ. What the file's defaults say is filled in.
	Bots []*Bot `json:"bots"`

	// Node says that the daemon is a node of a cluster, where the gateways of bots that run elsewhere dial, too.
	Node bool `json:"-"`
	// Files are those that the configuration was read from, secrets and certificates included, by absolute path, and what
	// they held then.
	Files map[string]Sum `json:"-"`
	// SecretsWritten tells, for each key of secrets that files hold (bots.secret, http.token), when the oldest of these
	// files was written.
	SecretsWritten map[string]time.Time `json:"-"`
	// Notes are remarks for the log: what is allowed, but perhaps not meant.
	Notes []string `json:"-"`
}

// Auth says whether the HTTP server asks for a bearer token.
type Auth string

// The ways of asking for a token.
const (
	AuthRequired Auth = "required"
	AuthOff      Auth = "off"
)

// Off is the address that serves nothing.
const Off = "off"

// HTTP describes the daemon's HTTP server, but for what Metrics says.
type HTTP struct {
	// Listen is HOST:PORT, unix: and an absolute path, or Off. SocketMode is the unix socket's mode, in octal digits.
	Listen     string `json:"listen"`
	SocketMode string `json:"socket_mode"`
	// TLS is nil for plain HTTP.
	TLS *ServerTLS `json:"tls"`
	// Auth is AuthOff without a token, else AuthRequired, unless the file says otherwise.
	Auth Auth `json:"auth"`
	// Token may do everything; nil is none. Tokens are those with roles.
	Token  *Secret `json:"token"`
	Tokens []Token `json:"tokens"`
	// TrustedProxies is as the file has it; Proxies is what it means.
	TrustedProxies []string `json:"trusted_proxies"`
	Proxies        Proxies  `json:"-"`
	// Pprof serves Go's profiles, to those who may do everything.
	Pprof bool `json:"pprof"`
	// Public says that the file allows every client that reaches an address off loopback.
	Public bool `json:"-"`
}

// Log describes the log on standard error.
type Log struct {
	// Level is debug, info, warn or error; Format is text or json.
	Level  string `json:"level"`
	Format string `json:"format"`
}

// Metrics describes what /metrics serves.
type Metrics struct {
	// Bots bounds how many bots have series of their own; those of the others are added up.
	Bots int `json:"bots"`
	// Listen is a further address, for metrics and probes; it, SocketMode, TLS, Auth and Public are as in HTTP.
	Listen     string     `json:"listen"`
	SocketMode string     `json:"socket_mode"`
	TLS        *ServerTLS `json:"tls"`
	Auth       Auth       `json:"auth"`
	Public     bool       `json:"-"`
}

// Tracing describes where OpenTelemetry traces go. What it leaves out the standard OTEL_ variables say.
type Tracing struct {
	// Endpoint is the URL of an OTLP/HTTP collector; "" leaves it to the environment, which leaves tracing off when it
	// says nothing either.
	Endpoint string `json:"endpoint"`
	// SampleRatio is the part of the traces that begin here and are recorded, 0 to 1; nil leaves it to the environment.
	SampleRatio *float64 `json:"sample_ratio"`
}

// Shutdown says how the daemon and removed bots end.
type Shutdown struct {
	// Budget is how long draining may take.
	Budget Duration `json:"budget"`
}

// Start says how new bots start.
type Start struct {
	// Spread is over how long their first dials are spread; 0 is at once.
	Spread Duration `json:"spread"`
	// MaxDials bounds the dials under way; 0 is the engine's default. It is read when the daemon starts.
	MaxDials int `json:"max_dials"`
}

// Bot describes one relay.
type Bot struct {
	// Name is unique in the file: letters, digits, '.', '_' and '-'.
	Name string `json:"name"`
	// Enabled is false for a bot that is kept in the file but not run.
	Enabled bool `json:"enabled"`
	// URL is the connector's.
	URL string `json:"url"`
	// Identities are the platform bots behind the relay, at least one.
	Identities []Identity `json:"identities"`
	// GatewayID and Secret sign every dial; both or neither, unless the boot plane issues the secret.
	GatewayID string  `json:"gateway_id"`
	Secret    *Secret `json:"secret"`
	// IdentityToken proves to the connector whose gateway this is; see Secret.Current.
	IdentityToken *Secret `json:"identity_token"`
	// IdentityProvider gives identity tokens instead.
	IdentityProvider *IdentityProvider `json:"identity_provider"`
	// DeliveryKey verifies what the connector signs, and TenantName is whom it takes the owner for; they are issued,
	// unless the file names the key.
	DeliveryKeyGiven *Secret     `json:"delivery_key"`
	DeliveryKey      wire.Secret `json:"-"`
	TenantName       string      `json:"-"`
	// Epoch is that of the claim under which a node of a cluster runs the bot; 0 outside of clusters.
	Epoch    int64               `json:"-"`
	Strategy supervisor.Strategy `json:"strategy"`
	// Reconnect is false for a bot that ends with its first connection.
	Reconnect bool `json:"reconnect"`
	// Timing, Limits, Session and TLS are shared by bots that say the same; nil stands for zeros, and is in no Config that
	// was loaded.
	Timing  *Timing  `json:"timing"`
	Limits  *Limits  `json:"limits"`
	Session *Session `json:"session"`
	TLS     *TLS     `json:"tls"`
	// Deliver says where inbound events go.
	Deliver Deliver `json:"deliver"`
	// Enroll, Provision and Policy are what the bot tells the connector before it dials; nil leaves a step out.
	Enroll    *Enroll    `json:"enroll"`
	Provision *Provision `json:"provision"`
	Policy    *Policy    `json:"policy"`
}

// Identity is one bot on one platform; it converts to a wire.Identity.
type Identity struct {
	Platform string `json:"platform"`
	BotID    string `json:"bot_id"`
}

// Timing holds the durations of a relay; zero is the default of [hermod/actors.Config].
type Timing struct {
	Backoff          Duration `json:"backoff"`
	MaxBackoff       Duration `json:"max_backoff"`
	StableAfter      Duration `json:"stable_after"`
	DialTimeout      Duration `json:"dial_timeout"`
	HandshakeTimeout Duration `json:"handshake_timeout"`
	OutboundTimeout  Duration `json:"outbound_timeout"`
	WriteTimeout     Duration `json:"write_timeout"`
	PingInterval     Duration `json:"ping_interval"`
	PongTimeout      Duration `json:"pong_timeout"`
	RetryDelay       Duration `json:"retry_delay"`
}

// Limits holds the bounds of a relay; zero is the default of [hermod/actors.Config].
type Limits struct {
	MaxFrame        int `json:"max_frame"`
	MaxPending      int `json:"max_pending"`
	MaxPendingBytes int `json:"max_pending_bytes"`
	MaxQueued       int `json:"max_queued"`
	MaxQueuedBytes  int `json:"max_queued_bytes"`
	MaxHandlers     int `json:"max_handlers"`
	DedupeKeys      int `json:"dedupe_keys"`
	Tries           int `json:"tries"`
}

// Session says how events are put into lanes.
type Session struct {
	Profile        string `json:"profile"`
	SharedGroups   bool   `json:"shared_groups"`
	PerUserThreads bool   `json:"per_user_threads"`
	// SharedSlackChats puts what is outside of threads in a Slack chat into one session.
	SharedSlackChats bool `json:"shared_slack_chats"`
	// SlackSubcommands are the commands that Slack's /hermes may name.
	SlackSubcommands []string `json:"slack_subcommands"`
}

// TLS adjusts the verification of the connector's certificate. Paths are absolute.
type TLS struct {
	CAFile     string `json:"ca_file"`
	CertFile   string `json:"cert_file"`
	KeyFile    string `json:"key_file"`
	ServerName string `json:"server_name"`
}

// Deliver says where inbound events go; exactly one field is set.
type Deliver struct {
	Webhook *Webhook `json:"webhook"`
	Stream  *Stream  `json:"stream"`
	Process *Process `json:"process"`
	Relay   *Relay   `json:"relay"`
}

// The kinds of delivery.
const (
	KindWebhook = "webhook"
	KindStream  = "stream"
	KindProcess = "process"
	KindRelay   = "relay"
)

// Kind names the field that is set; "" when none is, which a checked configuration does not have.
func (d Deliver) Kind() string {
	switch {
	case d.Webhook != nil:
		return KindWebhook
	case d.Stream != nil:
		return KindStream
	case d.Process != nil:
		return KindProcess
	case d.Relay != nil:
		return KindRelay
	}
	return ""
}

// Webhook has events posted to a URL, signed by the Standard Webhooks convention.
type Webhook struct {
	URL string `json:"url"`
	// Secret signs; it is required. See Key.
	Secret *Secret `json:"secret"`
	// Timeout bounds one request; 30 s by default.
	Timeout Duration `json:"timeout"`
	// RetryFor is how long a delivery is posted again and again before it is given up; 24 h by default. It bounds what a
	// receiver may ask for by Retry-After, too.
	RetryFor Duration `json:"retry_for"`
	// DeadLetterURL gets what was given up before it is kept; "" is none. It is not URL.
	DeadLetterURL string `json:"dead_letter_url"`
}

// Stream has events wait for a client of the HTTP API.
type Stream struct{}

// Process has events written to a subprocess, in the records of 'hermod pipe'.
type Process struct {
	// Command is the program and its arguments. It is run without a shell, in the folder of the configuration file.
	Command []string `json:"command"`
	// ManualAck has a delivery acknowledged at the process's command ack, not when its record was written.
	ManualAck bool `json:"manual_ack"`
	// Env holds variables that the process gets besides the few of the daemon's that every process gets.
	Env map[string]Variable `json:"env"`
	// Directory is that folder, absolute; "" is the daemon's own.
	Directory string `json:"-"`
}

// IdentityProvider gives tokens for client credentials, or without them to whoever asks.
type IdentityProvider struct {
	TokenURL     string  `json:"token_url"`
	ClientID     string  `json:"client_id"`
	ClientSecret *Secret `json:"client_secret"`
	Scope        string  `json:"scope"`
}

// Enroll has the gateway get its credentials for a one-time token.
type Enroll struct {
	Token *Secret `json:"token"`
}

// Provision has the gateway announce each of its platform bots before it dials.
type Provision struct {
	// Endpoint is where the connector reaches this gateway; every field is optional.
	Endpoint    string   `json:"endpoint"`
	RouteKeys   []string `json:"route_keys"`
	InstanceID  string   `json:"instance_id"`
	WakeURL     string   `json:"wake_url"`
	DisplayName string   `json:"display_name"`
}

// Policy is declared for each platform of the bot at every boot.
type Policy struct {
	RequireAddress     bool     `json:"require_address"`
	FreeResponseScopes []string `json:"free_response_scopes"`
	AllowOtherBots     bool     `json:"allow_other_bots"`
}
