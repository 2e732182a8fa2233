package boot

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"hermod/wire"
)

// errNoToken is an answer of an identity provider that holds no token. It does not quote the answer, which may be one.
var errNoToken = errors.New(`the identity provider's answer holds no token; it needs to be a JSON object with "access_token"` +
	` or, without client credentials, the token itself`)

// The variables that name a gateway's identity.
const (
	identityVariable     = "GATEWAY_RELAY_IDENTITY_TOKEN"
	tokenURLVariable     = "GATEWAY_RELAY_IDP_TOKEN_URL"
	clientIDVariable     = "GATEWAY_RELAY_IDP_CLIENT_ID"
	clientSecretVariable = "GATEWAY_RELAY_IDP_CLIENT_SECRET"
	scopeVariable        = "GATEWAY_RELAY_IDP_SCOPE"
)

// IdentityFromEnvironment returns what the environment says of the gateway's identity, for Config.Identity:
// GATEWAY_RELAY_IDENTITY_TOKEN, else the IdentityProvider of GATEWAY_RELAY_IDP_TOKEN_URL, _IDP_CLIENT_ID,
// _IDP_CLIENT_SECRET and _IDP_SCOPE. It is nil where there is neither. Getenv is os.Getenv, or stands in for it;
// transport is the provider's. The error is a *wire.ConfigError that names the variable.
func IdentityFromEnvironment(
	getenv func(name string) string, transport http.RoundTripper,
) (func(context.Context) (wire.Secret, error), error) {
	get := func(name string) string { return strings.TrimSpace(getenv(name)) }
	if token := get(identityVariable); token != "" {
		return StaticIdentity(wire.Secret(token)), nil
	}
	provider := IdentityProvider{TokenURL: get(tokenURLVariable), ClientID: get(clientIDVariable),
		ClientSecret: wire.Secret(get(clientSecretVariable)), Scope: get(scopeVariable), Transport: transport}
	if provider.TokenURL == "" {
		return nil, nil
	}
	var wrong *wire.ConfigError
	if errors.As(provider.Validate(), &wrong) {
		variables := map[string]string{"TokenURL": tokenURLVariable, "ClientID": clientIDVariable,
			"ClientSecret": clientSecretVariable}
		reason := wrong.Reason
		for field, variable := range variables {
			reason = strings.ReplaceAll(reason, field, variable)
		}
		return nil, &wire.ConfigError{Field: variables[wrong.Field], Reason: reason}
	}
	return provider.Identity, nil
}

// token reads the answer of the provider.
func (p IdentityProvider) token(body []byte) (wire.Secret, error) {
	text := strings.TrimSpace(string(body))
	var envelope struct {
		AccessToken any `json:"access_token"`
	}
	if strings.HasPrefix(text, "{") {
		if json.Unmarshal(body, &envelope) != nil {
			return "", errNoToken
		}
		text, _ = envelope.AccessToken.(string)
		text = strings.TrimSpace(text)
	} else if p.ClientID != "" {
		return "", errNoToken
	}
	if !isToken(text) {
		return "", errNoToken
	}
	return wire.Secret(text), nil
}

// isToken reports whether a text can stand behind "Bearer ": a page of HTML, say, cannot.
func isToken(text string) bool {
	for _, c := range []byte(text) {
		if c <= ' ' || c >= 0x7f || c == '"' || c == '<' {
			return false
		}
	}
	return text != ""
}

func isBlank(secret wire.Secret) bool { return strings.TrimSpace(secret.Reveal()) == "" }
