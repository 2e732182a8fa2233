package actors

import (
	"errors"
	"net"
)

// maxAnswer is how many bytes of an answer to an upgrade are read: a header without end must not be kept.
const maxAnswer = 64 << 10

var errLongAnswer = errors.New("the answer to the upgrade has no end within 64 KiB")

// answering is a connection during its upgrade.
type answering struct {
	net.Conn
	read int
}

func (a *answering) wrap(conn net.Conn) net.Conn {
	a.Conn = conn
	return a
}

// Read implements net.Conn.
func (a *answering) Read(p []byte) (int, error) {
	if a.read >= maxAnswer {
		return 0, errLongAnswer
	}
	n, err := a.Conn.Read(p[:min(len(p), maxAnswer-a.read)])
	a.read += n
	return n, err
}

// errorOf says that the answer was too long, if that is why the upgrade failed.
func (a *answering) errorOf(err error) error {
	if a.read >= maxAnswer {
		return errLongAnswer
	}
	return err
}
