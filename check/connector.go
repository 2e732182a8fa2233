package check

import (
	"context"
	"crypto/tls"
	"net"
	"strings"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// Kind is what an injection makes of its object.
type Kind string

// The kinds of injections, which are also the routes of a Hermod connector's control API.
const (
	Inbound     Kind = "inbound"     // an event
	Passthrough Kind = "passthrough" // a forward
	Interrupt   Kind = "interrupt"   // session_key and chat_id
)

// ConnectorTarget is a connector to check. Only URL is required.
type ConnectorTarget struct {
	// URL is what a gateway is configured with.
	URL string
	// GatewayID and Secret are the credentials of a gateway; both or neither. Take one that nothing else dials with: a
	// connector has one session for each.
	GatewayID string
	Secret    wire.Secret
	// Identities are said in hellos. Empty: one, of the platform relay.
	Identities []wire.Identity
	// Chat is a chat that the checks may send to; "" sends nothing.
	Chat string
	// Inject makes the connector deliver something to the gateway; nil leaves out the rules of delivery.
	Inject func(ctx context.Context, kind Kind, object json.RawMessage) error
	// OldSecrets are further secrets that the gateway may sign with, while one replaces another.
	OldSecrets []wire.Secret
	// IdentityToken is that of a gateway's owner, and EnrollmentToken one that may be spent, on the gateway hermod-check.
	// Without them the rules about enrolment are left out.
	IdentityToken, EnrollmentToken wire.Secret
	// Revoke revokes the gateway's credential, or restores it; nil leaves out the rules about that.
	Revoke func(ctx context.Context, revoked bool) error
	// Stop ends the connector for good, and returns soon after ctx has ended at the latest; nil leaves out the rule about
	// that. It is called from another goroutine.
	Stop func(ctx context.Context) error
	// Wake is where the connector calls WakeURL, and belongs to the suite; nil leaves out the rules about that.
	Wake    net.Listener
	WakeURL string
	// Dial opens connections; nil is a net.Dialer. TLS is for wss; nil is the system's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	TLS  *tls.Config
}

// Connector returns the checks of a connector. The error is a *wire.ConfigError that names the field.
func Connector(t ConnectorTarget) (*Suite, error) {
	dialURL, err := wire.DialURL(t.URL)
	if err != nil {
		return nil, err
	}
	if (t.GatewayID == "") != (t.Secret == "") {
		return nil, &wire.ConfigError{Field: "GatewayID", Reason: "and Secret go together; set both or neither"}
	}
	if t.Secret != "" && strings.TrimSpace(t.Secret.Reveal()) == "" {
		return nil, &wire.ConfigError{Field: "Secret", Reason: "is white space only"}
	}
	t.URL = dialURL
	if t.Dial == nil {
		t.Dial = new(net.Dialer).DialContext
	}
	if len(t.Identities) == 0 {
		t.Identities = []wire.Identity{{Platform: wire.RelayPlatform}}
	}
	left := new(memory)
	return &Suite{checks: connectorChecks(&t, left), close: func() { left.close(&t) }}, nil
}

// close ends what checks started for those behind them.
func (m *memory) close(t *ConnectorTarget) {
	if t.Wake != nil {
		_ = t.Wake.Close()
	}
	if m.wake != nil {
		m.wake.close()
	}
}

// connectorRule is a row of the tables of checks.
type connectorRule struct {
	Check
	check func(*player)
}

// connectorChecks binds the rules to a target.
func connectorChecks(t *ConnectorTarget, left *memory) []Check {
	var checks []Check
	for _, rules := range [][]connectorRule{
		authRules, abilityRules, helloRules, connectorLineRules, connectorSocketRules, outboundRules, idleRules,
		sessionRules, connectorDeliveryRules, planeRules, enrollRules, revokeRules, wakeRules, shutdownRules,
	} {
		for _, rule := range rules {
			c := rule.Check
			c.run = func(_ context.Context, p *probe) { rule.check(&player{probe: p, ConnectorTarget: t, memory: left}) }
			checks = append(checks, c)
		}
	}
	return checks
}
