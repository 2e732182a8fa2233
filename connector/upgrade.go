package connector

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
)

// upgrade completes every WebSocket handshake and decides afterwards, by close frame.
func (c *Connector) upgrade(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "this is a relay's WebSocket endpoint", http.StatusUpgradeRequired)
		return
	}
	if !c.authenticates && r.Header.Get("Origin") != "" {
		http.Error(w, "a web page cannot be the gateway of a connector without authentication", http.StatusForbidden)
		return
	}
	conn, rw, _, err := ws.HTTPUpgrader{Header: date(time.Now())}.Upgrade(r, w)
	if err != nil {
		if conn != nil {
			_ = conn.Close()
		}
		c.quiet.upgrades.log(c.log, slog.LevelWarn, "upgrade failed", "remote", r.RemoteAddr, "err", err)
		return
	}
	sock := newSocket(conn, 2*c.cfg.PingInterval)
	if !c.enter(sock) {
		_ = conn.Close()
		return
	}
	defer c.leave(sock)
	in := newMessageReader(sock, rw.Reader)
	session, refusal := c.admit(r.Header, baseOf(r), sock, in)
	if refusal != nil {
		c.quiet.upgrades.log(c.log, slog.LevelWarn, "session refused",
			"remote", r.RemoteAddr, "code", refusal.Code, "reason", refusal.Reason)
		sock.refuse(in, ws.StatusCode(refusal.Code), refusal.Reason)
		return
	}
	session.run()
}

// admit attaches a session for the bearer of the token, or says why not.
func (c *Connector) admit(header http.Header, base string, sock *socket,
	in *messageReader) (*session, *wire.CloseError) {
	id, secret, refusal := c.authenticate(header.Get("Authorization"))
	if refusal != nil {
		return nil, refusal
	}
	g, err := c.gateway(id)
	if err != nil {
		return nil, shuttingDown // every id that authenticates is known
	}
	s := newSession(g, sock, in)
	s.base = base
	s.secret, s.abilities = secret, wire.AbilitiesOf(header.Get)
	s.epoch = wire.EpochOf(header.Get)
	s.passthroughs.acknowledged = s.abilities.AcksPassthrough
	if refusal = g.takePlace(s); refusal != nil {
		s.cancel()
		return nil, refusal
	}
	g.endUnlessAuthorized() // the credentials may have been replaced since they were asked for
	return s, nil
}

// authenticate returns the gateway id that the Authorization header proves, and the secret that proves it.
func (c *Connector) authenticate(authorization string) (id string, secret wire.Secret, refusal *wire.CloseError) {
	if !c.authenticates {
		return DefaultGateway, "", nil
	}
	unauthorized := &wire.CloseError{Code: wire.CloseUnauthorized, Reason: "unauthorized"}
	token, ok := bearerOf(authorization)
	if !ok {
		return "", "", unauthorized
	}
	id, secret, err := verify(token, c.accounts.secrets)
	if errors.Is(err, wire.ErrTokenExpired) && !c.isRevoked(id) {
		return "", "", &wire.CloseError{Code: wire.CloseUnauthorized, Reason: "expired"}
	}
	if claimed, _ := wire.PeekToken(token); err != nil && c.isElsewhere(claimed) {
		return "", "", elsewhere
	}
	if err != nil {
		return "", "", unauthorized
	}
	return id, secret, nil
}

// verify returns the id of a token and the one of that id's secrets that signed it, and returns them with
// wire.ErrTokenExpired too: only the holder of a secret learns that the token was valid once.
func verify(token string, secretsOf func(id string) []wire.Secret) (string, wire.Secret, error) {
	id, err := wire.PeekToken(token)
	if err != nil {
		return "", "", err
	}
	for _, secret := range secretsOf(id) {
		if _, err := wire.VerifyToken(token, []wire.Secret{secret}, time.Unix(0, 0)); err == nil {
			_, err = wire.VerifyToken(token, []wire.Secret{secret}, time.Now())
			return id, secret, err
		}
	}
	return "", "", wire.ErrTokenSignature
}

func (c *Connector) isRevoked(id string) bool {
	g, err := c.gateway(id)
	if err != nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.revoked
}
