package boot

import (
	"context"
	"strings"
	"time"

	"hermod/wire"
)

// bearers returns the tokens to try, the best first, made afresh for a try.
type bearers func(ctx context.Context) ([]wire.Secret, error)

func (c *Client) identity(ctx context.Context) ([]wire.Secret, error) {
	if c.cfg.Identity == nil {
		return nil, ErrNoBearer
	}
	token, err := c.cfg.Identity(ctx)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(token.Reveal()) == "" {
		return nil, ErrNoBearer
	}
	return []wire.Secret{token}, nil
}

func (c *Client) secretAlone(credentials wire.Credentials) bearers {
	return func(context.Context) ([]wire.Secret, error) {
		token := upgradeToken(credentials, c.cfg.GatewayID)
		if token == "" {
			return nil, ErrNoBearer
		}
		return []wire.Secret{token}, nil
	}
}

// secretThenIdentity proves the gateway with its secret; connectors that know it by its identity only refuse that.
func (c *Client) secretThenIdentity(credentials wire.Credentials) bearers {
	return func(ctx context.Context) ([]wire.Secret, error) {
		token := upgradeToken(credentials, c.cfg.GatewayID)
		if token == "" {
			return c.identity(ctx)
		}
		if c.cfg.Identity == nil {
			return []wire.Secret{token}, nil
		}
		identity, err := c.identity(ctx)
		return append([]wire.Secret{token}, identity...), err
	}
}

// upgradeToken mints the token of a request, "" without a secret.
func upgradeToken(credentials wire.Credentials, id string) wire.Secret {
	if strings.TrimSpace(credentials.Secret.Reveal()) == "" {
		return ""
	}
	if credentials.GatewayID != "" {
		id = credentials.GatewayID
	}
	return wire.Secret(wire.MintToken(id, credentials.Secret, wire.TokenTTL, time.Now()))
}
