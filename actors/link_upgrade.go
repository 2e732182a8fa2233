package actors

import (
	"bytes"
	"errors"
	"io"
	"time"

	"hermod/actors/internal/socket"
)

// upgrading is a dial without a goroutine: the link connects and asks for the upgrade, and the engine's poller goes on
// whenever the socket allows, from the answer and the hellos to what is read then. Nothing of it waits, and it is over
// when the connection is closed. It is for plain connections to an address. Others have to look up a name, or to talk
// to a proxy, to TLS or to a gateway's own Dial, which dial waits for.
type upgrading struct {
	*connection
	upgrade socket.Upgrade
	request []byte // what the socket has not taken of it
}

// beginUpgrade begins such a dial, and says whether it may be one.
func beginUpgrade(c *connection) bool {
	cfg := c.relay.cfg
	to := &cfg.target
	if cfg.Dial != nil || to.secure || !to.literal.IsValid() || !socket.Direct(cfg.dialURL) {
		return false
	}
	if c.relay.poller.Get() == nil {
		return false
	}
	conn, err := socket.Connect(to.literal, cfg.isProbed())
	if errors.Is(err, errors.ErrUnsupported) {
		return false
	}
	if err != nil {
		c.link.Tell(&dialed{err: failedDial(err)})
		return true
	}
	c.dialed(conn)
	u := &upgrading{connection: c}
	var room [1 << 10]byte
	request := u.upgrade.AppendRequest(room[:0], to.upgrade, c.header(time.Now()))
	taken, err := socket.Offer(conn, request) // where the connector is near, there is a connection already
	if err != nil {
		u.fail(socket.ConnectError(to.literal, err))
		return true
	}
	if taken < len(request) {
		u.request = bytes.Clone(request[taken:])
	}
	l := newReadLoop(c)
	c.parking.Waker, c.parking.Writing = u, len(u.request) > 0
	if l.from.Park(&c.relay.poller, &c.parking) == nil {
		c.relay.workers.start(u.Wake)
	}
	l.giveBack()
	return true
}

// fail tells the link, which closes the connection.
func (u *upgrading) fail(err error) {
	u.relay.noteSkew(u.upgrade.Skew)
	u.link.Tell(&dialed{err: failedDial(err)})
}

// Turn implements socket.Waker.
func (u *upgrading) Turn(with socket.Turn, ended bool) {
	l := newReadLoop(u.connection)
	l.from.Brief(ended)
	var early []byte
	err := l.guard(func() (err error) {
		early, err = u.goOn(l)
		return err
	})
	switch {
	case err == socket.ErrParked: // another goroutine may have it
		l.giveBack()
	case err == errBusy:
		l.giveBack()
		u.relay.workers.start(u.Wake)
	case err != nil:
		u.fail(err)
		l.giveBack()
	default:
		u.greet(l, early, with.(*turn))
	}
}

// goOn does what the socket allows, until the answer is whole. It returns what came along, which is valid until the
// source's Release.
func (u *upgrading) goOn(l *readLoop) (early []byte, err error) {
	if len(u.request) > 0 {
		return nil, u.ask(l)
	}
	for {
		data, err := l.from.Read()
		if err == socket.ErrQuiet {
			if u.parking.Rest(&u.relay.poller) {
				return nil, socket.ErrParked
			}
			l.from.Brief(true) // something came meanwhile, or the end
			continue
		}
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		early, done, err := u.upgrade.Take(data, time.Now())
		if done {
			return early, nil
		}
		l.from.Release()
		if err != nil {
			return nil, err
		}
	}
}

// ask writes more of the request, as the connection was made. From its end on the socket is only read.
func (u *upgrading) ask(l *readLoop) error {
	for len(u.request) > 0 {
		taken, err := socket.Offer(u.conn, u.request)
		if err != nil {
			return socket.ConnectError(u.relay.cfg.target.literal, err)
		}
		u.request = u.request[taken:]
		if len(u.request) > 0 && u.parking.Rest(&u.relay.poller) {
			return socket.ErrParked
		}
	}
	u.parking.Writing = false
	if err := l.from.Park(&u.relay.poller, &u.parking); err != nil {
		return err
	}
	return errBusy
}

// greet says hello, and reads on. A socket that does not take the hellos at once is waited for beside the poller.
func (u *upgrading) greet(l *readLoop, early []byte, by *turn) {
	var room [512]byte
	hellos := u.appendHellos(room[:0])
	taken, err := socket.Offer(u.conn, hellos)
	if err == nil && taken < len(hellos) {
		rest := bytes.Clone(hellos)
		l.from.Leave(&u.relay.poller, &u.parking)
		u.relay.workers.start(func() { u.greetSlowly(l, early, rest, taken) })
		return
	}
	u.countHellos(taken)
	u.opened(err)
	by.begin()
	l.by = by
	l.goOn(l.guard(func() error {
		if err := u.takeEarly(l, early); err != nil {
			return err
		}
		return l.readTurn()
	}))
	by.handle()
}

func (u *upgrading) greetSlowly(l *readLoop, early, hellos []byte, taken int) {
	u.opened(u.hellosWritten(u.conn, hellos, taken))
	l.run(func() error {
		if err := u.takeEarly(l, early); err != nil {
			return err
		}
		return l.readAll()
	})
}

// takeEarly takes what came along with the answer.
func (u *upgrading) takeEarly(l *readLoop, early []byte) error {
	defer l.from.Release()
	if u.relay.inbox.pid.Load() != nil {
		l.meetInbox()
	}
	return l.take(early)
}

// opened tells the relay and the link that there is a connection; unheard says why it was not told hello.
func (u *upgrading) opened(unheard error) {
	u.relay.noteSkew(u.upgrade.Skew)
	u.relay.self.Lend(&linkHandshaking{generation: u.gen})
	u.link.Lend(&dialed{unheard: unheard})
}

// Wake implements socket.Waker: without the poller, a goroutine waits for the socket.
func (u *upgrading) Wake() {
	l := newReadLoop(u.connection)
	var early []byte
	err := l.guard(func() (err error) {
		if _, err = socket.WriteSteadily(u.conn, u.request, u.relay.cfg.DialTimeout); err != nil {
			return err
		}
		u.request = nil
		early, err = u.goOn(l)
		return err
	})
	if err != nil {
		u.fail(err)
		l.giveBack()
		return
	}
	u.greetSlowly(l, early, u.appendHellos(nil), 0)
}
