package boot

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"hermod/wire"
)

// Enroll exchanges a one-time enrolment token for the gateway's credentials, which the caller has to keep: the token is
// spent. It needs Config.Identity, and tries until the connector answers or ctx ends. Errors: *RefusedError (401: the
// identity, 403: the token), *GaveUpError, *wire.BodyError, ErrNoBearer.
func (c *Client) Enroll(ctx context.Context, token wire.Secret) (wire.Credentials, error) {
	if strings.TrimSpace(token.Reveal()) == "" {
		return wire.Credentials{}, &wire.ConfigError{Field: "enrolment token", Reason: "is blank; get a token from the connector's operator"}
	}
	call := call{
		doing: "enrol gateway " + c.cfg.GatewayID, path: wire.EnrollPath, secrets: []wire.Secret{token}, bearers: c.identity,
		body: wire.AppendEnrollRequest(nil, wire.EnrollRequest{EnrollmentToken: token, GatewayID: c.cfg.GatewayID}),
		hint: enrollHint,
	}
	answer, err := c.post(ctx, call)
	if err != nil {
		return wire.Credentials{}, err
	}
	return c.credentials(call.doing, wire.Credentials{}, answer)
}

// credentials reads an answer into the credentials in hand.
func (c *Client) credentials(doing string, inHand wire.Credentials, answer []byte) (wire.Credentials, error) {
	issue, err := wire.DecodeIssue(answer)
	if err != nil {
		return inHand, fmt.Errorf("%s: %w", doing, err)
	}
	if inHand.GatewayID == "" {
		inHand.GatewayID = c.cfg.GatewayID
	}
	updated := inHand.Update(issue)
	if updated.Secret == "" {
		return inHand, fmt.Errorf("%s: %w", doing, ErrNoCredentials)
	}
	return updated, nil
}

func enrollHint(status, try int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "the identity token is not accepted; get a fresh one"
	case status == http.StatusForbidden && try > 1:
		return "the enrolment token is not accepted; an earlier try whose answer was lost may have spent it: ask for a new token"
	case status == http.StatusForbidden:
		return "the enrolment token is unknown, spent or expired; ask the connector's operator for a new one"
	}
	return generalHint(status)
}

// generalHint is what to do about a refusal, whatever was asked for.
func generalHint(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "the bearer is not accepted; check the gateway's id and secret, or the identity token"
	case status == http.StatusForbidden:
		return "this identity may not do that; ask the connector's operator"
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented:
		return "the connector does not serve this route; check the URL and the connector's version"
	case status == http.StatusRequestEntityTooLarge:
		return "it is too large for the connector"
	case status/100 == 3:
		return "the connector has moved, and credentials do not follow a redirect; configure its new URL"
	}
	return "the connector will not take this request; check the configuration of the gateway"
}
