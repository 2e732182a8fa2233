package check

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"time"

	"hermod/wire"
)

// GatewayTarget is what a gateway dials, and what is known of the gateway. Only Listener is required.
type GatewayTarget struct {
	// Listener is where the gateway dials. The suite owns it. TLS, if set, is served on it.
	Listener net.Listener
	TLS      *tls.Config
	// GatewayID and Secret are what the gateway's tokens must prove; both or neither.
	GatewayID string
	Secret    wire.Secret
	// Echo says that the gateway answers every message with a send to its chat, and acknowledges it when that has its
	// result. Without it the rules about requests are not applicable.
	Echo bool
	// Sleep has the gateway go idle, and returns when it has or could not, soon after ctx has ended at the latest; nil
	// leaves out the rule about that. It is called from another goroutine.
	Sleep func(ctx context.Context) error
	// Stop ends the gateway, as Sleep has it go idle; nil leaves out the rule about that.
	Stop func(ctx context.Context) error
	// EnrollmentToken is what the gateway may enrol with, which gives it its Secret; "" enrols nobody.
	EnrollmentToken wire.Secret
	// WakeURL is the gateway's, "" if only its provisioning names it. Dial opens the connection to it; nil is a
	// net.Dialer.
	WakeURL string
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	// Wait is how long a gateway may take to dial, or to dial again; 0 is a minute.
	Wait time.Duration
}

// Gateway returns the checks of a gateway, and accepts its dials from now on. The error is a *wire.ConfigError that
// names the field. Suite.Close ends the gateway's session with 1001.
func Gateway(t GatewayTarget) (*Suite, error) {
	switch {
	case t.Listener == nil:
		return nil, &wire.ConfigError{Field: "Listener", Reason: "is missing"}
	case (t.GatewayID == "") != (t.Secret == ""):
		return nil, &wire.ConfigError{Field: "GatewayID", Reason: "and Secret go together; set both or neither"}
	case t.Secret != "" && strings.TrimSpace(t.Secret.Reveal()) == "":
		return nil, &wire.ConfigError{Field: "Secret", Reason: "is white space only"}
	case t.EnrollmentToken != "" && t.Secret == "":
		return nil, &wire.ConfigError{Field: "EnrollmentToken", Reason: "needs a Secret to give out"}
	case t.Wait < 0:
		return nil, &wire.ConfigError{Field: "Wait", Reason: "is negative"}
	case t.Wait == 0:
		t.Wait = time.Minute
	}
	if t.Dial == nil {
		t.Dial = new(net.Dialer).DialContext
	}
	s := newStage(&t)
	return &Suite{checks: gatewayChecks(s), close: s.close}, nil
}

// gatewayRule is a row of the tables of checks.
type gatewayRule struct {
	Check
	check func(*host)
}

// gatewayChecks binds the rules to a stage. What may end a session stands behind what does not, and what may end the
// gateway at the end.
func gatewayChecks(s *stage) []Check {
	var checks []Check
	for _, rules := range [][]gatewayRule{
		dialRules, gatewayHelloRules, gatewayAbilityRules, gatewayLineRules, gatewayDeliveryRules, gatewayRequestRules,
		gatewaySocketRules, gatewayPlaneRules, gatewayIdleRules, redialRules, handshakeRules, refusalRules, stopRules,
	} {
		for _, rule := range rules {
			c := rule.Check
			if c.limit == 0 {
				c.limit = 5 * time.Minute // a gateway may take its time to dial
			}
			c.run = func(_ context.Context, p *probe) { s.judge(&host{probe: p, stage: s}, rule.check) }
			checks = append(checks, c)
		}
	}
	return checks
}
