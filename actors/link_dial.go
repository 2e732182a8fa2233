package actors

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/gobwas/ws"

	"hermod/actors/internal/socket"
	"hermod/supervisor"
	"hermod/wire"
)

// attempt is a link's dial that is under way, though it may have been told to end.
type attempt struct {
	cancel context.CancelFunc
	over   chan struct{} // closed when nothing of it is left to do, but to read
}

// dial opens a connection, says hello, and reads on: all on one goroutine. It says how it ended, however it did.
func dial(ctx context.Context, c *connection, over chan<- struct{}) {
	if early, reads := (dialer{c}).run(ctx, over); reads {
		startReading(c, early)
	}
}

// dialer opens a connection.
type dialer struct{ *connection }

// run dials, and tells the link and the relay. It says whether there is a connection to be read, which a link that was
// told to close meanwhile has not.
func (d dialer) run(ctx context.Context, over chan<- struct{}) (early []byte, reads bool) {
	defer close(over)
	var made opened
	m := &dialed{err: &supervisor.DialError{Err: errors.New("the gateway's Dial ended its goroutine")}}
	defer func() {
		d.dialed(made.conn)
		if reads {
			d.relay.self.Tell(&linkHandshaking{generation: d.gen})
		}
		d.link.Tell(m) // which ends ctx
	}()
	made, m.err = d.guarded(ctx)
	m.unheard = made.unheard
	d.relay.noteSkew(made.skew)
	return made.early, m.err == nil && ctx.Err() == nil
}

// guarded is open, with a panic of the gateway's own Dial function as the failure of this attempt.
func (d dialer) guarded(ctx context.Context) (made opened, err error) {
	panicked := Guard(func() error { made, err = d.dial(ctx); return nil })
	if panicked != nil {
		return opened{}, &supervisor.DialError{Err: panicked}
	}
	return made, err
}

// opened is an upgraded connection, what the connector sent along with its answer, by how much its clock is ahead (0 if
// it did not say), which a refusal may tell, too, and why it was not told hello.
type opened struct {
	conn    net.Conn
	early   []byte
	skew    time.Duration
	unheard error
}

// dial opens a connection, upgrades it, with a token of its own when there is a secret, and says hello. ctx ends the
// attempt at any point, and when it has taken too long.
func (d dialer) dial(ctx context.Context) (opened, error) {
	target := &d.relay.cfg.target
	conn, err := d.open(ctx, "tcp", target.address)
	if err != nil {
		return opened{}, dialError(ctx, err)
	}
	interrupt := context.AfterFunc(ctx, func() { socket.Close(conn) })
	var upgrade socket.Upgrade
	early, err := upgrade.Over(conn, target.upgrade, d.header(time.Now()))
	made := opened{conn: conn, early: early, skew: upgrade.Skew}
	if err == nil {
		made.unheard = d.sayHello(conn)
	}
	if !interrupt() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		return opened{skew: upgrade.Skew}, dialError(ctx, err)
	}
	if d.relay.cfg.Dial == nil { // else somebody may have the socket
		made.conn = socket.Lighten(conn)
	}
	return made, nil
}

// sayHello writes the hellos. A new socket takes them at once.
func (d dialer) sayHello(conn net.Conn) error {
	frames := d.appendHellos(nil)
	return d.hellosWritten(conn, frames, socket.TryWrite(conn, frames))
}

func (c *connection) appendHellos(frames []byte) []byte {
	cfg := &c.relay.cfg
	var room [256]byte
	for _, id := range cfg.Identities {
		hello := wire.Hello{Platform: id.Platform, BotID: id.BotID, Commands: cfg.Commands}
		frames = socket.AppendFrame(frames, ws.OpText, wire.AppendHello(room[:0], hello))
	}
	return frames
}

// hellosWritten waits until the socket has taken the hellos, of which it took some already, and counts them.
func (c *connection) hellosWritten(conn net.Conn, frames []byte, taken int) (err error) {
	if taken < len(frames) {
		var more int
		more, err = socket.WriteSteadily(conn, frames[taken:], c.relay.cfg.WriteTimeout)
		taken += more
	}
	c.countHellos(taken)
	return err
}

func (c *connection) countHellos(bytes int) {
	counters := &c.relay.counters
	counters.FramesOut.Add(uint64(len(c.relay.cfg.Identities)))
	counters.Writes.Add(1)
	counters.BytesOut.Add(uint64(bytes))
}

// header shows what this gateway takes, and who it is.
func (c *connection) header(now time.Time) string {
	cfg := &c.relay.cfg
	header := cfg.abilities
	if cfg.Epoch != 0 {
		header += wire.EpochHeader + ": " + strconv.FormatInt(cfg.Epoch, 10) + "\r\n"
	}
	if cfg.GatewayID != "" {
		header += "Authorization: Bearer " + wire.MintToken(cfg.GatewayID, cfg.Secret, wire.TokenTTL, now) + "\r\n"
	}
	return header
}

// isProbed says that TCP itself is to find out whether the connector is there, since pings are rare. Else its probes
// would go out between two pings and find nothing that those do not.
func (c *settings) isProbed() bool { return c.PingInterval > time.Minute }

// open opens what the upgrade is spoken over.
func (d dialer) open(ctx context.Context, network, addr string) (net.Conn, error) {
	cfg := d.relay.cfg
	var conn net.Conn
	var err error
	if cfg.Dial == nil {
		conn, err = socket.Dial(ctx, network, addr, cfg.dialURL, cfg.isProbed())
	} else {
		conn, err = cfg.Dial(ctx, network, addr)
	}
	if conn == nil && err == nil {
		err = errors.New("the gateway's Dial returned neither a connection nor an error")
	}
	if err != nil || !cfg.target.secure {
		return conn, err
	}
	secured := cfg.TLS.ClientConfig()
	if secured.ServerName == "" {
		secured.ServerName = cfg.target.url.Hostname()
	}
	return tls.Client(socket.Tryable(conn), secured), nil
}

var errDialOverdue = errors.New("no connection and upgrade in time")

// dialError reports the HTTP status of a refused upgrade; for a dial that took too long, that it did.
func dialError(ctx context.Context, err error) error {
	failed := failedDial(err)
	if failed.Status == 0 && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		failed.Err = errDialOverdue
	}
	return failed
}

func failedDial(err error) *supervisor.DialError {
	var status ws.StatusError
	_ = errors.As(err, &status)
	return &supervisor.DialError{Status: int(status), Err: err}
}
