package actors

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gobwas/ws"

	"hermod/actors/internal/socket"
	"hermod/supervisor"
	"hermod/wire"
)

// dialer opens connections for one relay.
type dialer struct{ cfg *config }

// attempt is a link's dial that is under way, though it may have been told to end.
type attempt struct {
	cancel context.CancelFunc
	over   chan struct{} // closed when its goroutine has nothing left to do
}

// hostOf returns the host and port of a URL that is known to be one.
func hostOf(dialURL string) string {
	_, rest, _ := strings.Cut(dialURL, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

func newDialer(cfg *config) dialer { return dialer{cfg: cfg} }

// dialGuarded is dial, with a panic of the gateway's own Dial function as the failure of this attempt.
func (d dialer) dialGuarded(ctx context.Context) (made opened, err error) {
	panicked := Guard(func() error { made, err = d.dial(ctx); return nil })
	if panicked != nil {
		return opened{}, &supervisor.DialError{Err: panicked}
	}
	return made, err
}

// opened is an upgraded connection, what the connector sent along with its answer, and by how much its clock is ahead
// (0 if it did not say), which a refusal may tell, too.
type opened struct {
	conn  net.Conn
	early []byte
	skew  time.Duration
}

// dial opens a connection and upgrades it, with a token of its own when there is a secret. ctx ends the attempt at any
// point, and when it has taken too long.
func (d dialer) dial(ctx context.Context) (opened, error) {
	upgrade := ws.Dialer{NetDial: d.open, Header: ws.HandshakeHeaderHTTP(d.header(time.Now()))}
	if d.overTLS() {
		upgrade.TLSConfig = d.cfg.TLS.ClientConfig()
	}
	answer := new(answering)
	upgrade.WrapConn = answer.wrap
	_, early, _, err := upgrade.Dial(ctx, d.cfg.dialURL)
	if err != nil {
		return opened{skew: answer.skew}, dialError(ctx, answer.errorOf(err))
	}
	conn := answer.Conn
	rest, err := drain(early)
	if err != nil {
		_ = conn.Close()
		return opened{}, &supervisor.DialError{Err: err}
	}
	return opened{conn: conn, early: rest, skew: answer.skew}, nil
}

// header shows what this gateway takes, and who it is.
func (d dialer) header(now time.Time) http.Header {
	h := make(http.Header)
	wire.Abilities{MaxMessage: d.cfg.MaxFrame, AcksPassthrough: true}.Show(h.Set)
	if d.cfg.GatewayID != "" {
		h.Set("Authorization", "Bearer "+wire.MintToken(d.cfg.GatewayID, d.cfg.Secret, wire.TokenTTL, now))
	}
	return h
}

func (d dialer) open(ctx context.Context, network, addr string) (net.Conn, error) {
	dial := d.cfg.Dial
	if dial == nil {
		dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			return socket.Dial(ctx, network, addr, d.cfg.dialURL)
		}
	}
	conn, err := dial(ctx, network, addr)
	if conn == nil && err == nil {
		err = errors.New("the gateway's Dial returned neither a connection nor an error")
	}
	if err == nil && d.overTLS() {
		conn = socket.Tryable(conn)
	}
	return conn, err
}

func (d dialer) overTLS() bool { return strings.HasPrefix(d.cfg.dialURL, "wss:") }

var errDialOverdue = errors.New("no connection and upgrade in time")

// dialError reports the HTTP status of a refused upgrade; for a dial that took too long, that it did.
func dialError(ctx context.Context, err error) error {
	var status ws.StatusError
	if errors.As(err, &status) {
		return &supervisor.DialError{Status: int(status), Err: err}
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = errDialOverdue
	}
	return &supervisor.DialError{Err: err}
}

// drain takes what the upgrade's reader read too much.
func drain(early *bufio.Reader) ([]byte, error) {
	if early == nil {
		return nil, nil
	}
	rest := make([]byte, early.Buffered())
	_, err := io.ReadFull(early, rest)
	ws.PutReader(early)
	return rest, err
}
