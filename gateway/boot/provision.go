package boot

import (
	"context"
	"errors"
	"net/http"

	"hermod/wire"
)

// Provisioned is what came of a provisioning.
type Provisioned struct {
	// Credentials are those in hand, updated by what the connector issued.
	Credentials wire.Credentials
	// Platforms are those that the connector took, in order.
	Platforms []string
}

// Provision registers every platform under the gateway's id, in order, and returns the credentials to dial with: those
// in hand (the zero value where there are none), which an answer without a secret never blanks, or those that the
// connector issued last. It proves itself with the secret in hand, and with Config.Identity when there is none or when
// the connector does not accept it. Each platform is tried until the connector answers or ctx ends.
//
// A platform that is refused does not keep the others from being registered: the error joins those of all that failed,
// and Provisioned is good for the rest. Errors: *RefusedError, *GaveUpError, *wire.BodyError, ErrNoCredentials,
// ErrNoBearer.
func (c *Client) Provision(
	ctx context.Context, inHand wire.Credentials, platforms ...wire.Registration,
) (Provisioned, error) {
	if inHand.GatewayID == "" {
		inHand.GatewayID = c.cfg.GatewayID
	}
	done := Provisioned{Credentials: inHand}
	var errs []error
	for _, r := range platforms {
		r.GatewayID = done.Credentials.GatewayID
		credentials, err := c.provision(ctx, done.Credentials, r)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		done.Credentials = credentials
		done.Platforms = append(done.Platforms, r.Platform)
	}
	return done, errors.Join(errs...)
}

func (c *Client) provision(
	ctx context.Context, inHand wire.Credentials, r wire.Registration,
) (wire.Credentials, error) {
	call := call{
		doing: "provision " + r.Platform, path: wire.ProvisionPath, body: wire.AppendRegistration(nil, r),
		secrets: []wire.Secret{inHand.Secret, inHand.DeliveryKey}, bearers: c.secretThenIdentity(inHand), hint: provisionHint,
	}
	answer, err := c.post(ctx, call)
	if err != nil {
		return inHand, err
	}
	return c.credentials(call.doing, inHand, answer)
}

func provisionHint(status, _ int) string {
	switch status {
	case http.StatusUnauthorized:
		return "neither the gateway's secret nor the identity token is accepted; check them, or enrol the gateway"
	case http.StatusForbidden:
		return "the gateway's id belongs to somebody else, or the platform is not yours; use another id, or ask the connector's operator"
	}
	return generalHint(status)
}

// policyTries bounds the tries of a policy: a gateway runs without it.
const policyTries = 3

// DeclarePolicy tells the connector which messages are for the gateway's bots, one policy for each platform; it
// replaces those of the last boot. It is fail-soft: log the error and go on, the connector keeps what it knew. Each
// policy is tried three times. The error joins those of all that failed: *RefusedError, *GaveUpError, ErrNoBearer.
func (c *Client) DeclarePolicy(
	ctx context.Context, credentials wire.Credentials, policies ...wire.RelevancePolicy,
) error {
	var errs []error
	for _, p := range policies {
		_, err := c.post(ctx, call{
			doing: "declare the policy of " + p.Platform, path: wire.PolicyPath, body: wire.AppendRelevancePolicy(nil, p),
			secrets: []wire.Secret{credentials.Secret, credentials.DeliveryKey}, bearers: c.secretAlone(credentials),
			hint: func(status, _ int) string { return generalHint(status) }, tries: policyTries,
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
