package actors

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"time"
)

// maxAnswer is how many bytes of an answer to an upgrade are read: a header without end must not be kept.
const maxAnswer = 64 << 10

var errLongAnswer = errors.New("the answer to the upgrade has no end within 64 KiB")

// answering is a connection during its upgrade. It compares the clocks by the answer's Date, whether the upgrade was
// refused or not, since a token that is refused as expired may be due to them.
type answering struct {
	net.Conn
	read int
	skew time.Duration // of the connector's clock, positive if it is ahead; 0 while nothing was measured
	head bool          // the header has ended, or its Date was found
}

// Read implements net.Conn.
func (a *answering) Read(p []byte) (int, error) {
	if a.read >= maxAnswer {
		return 0, errLongAnswer
	}
	n, err := a.Conn.Read(p[:min(len(p), maxAnswer-a.read)])
	a.read += n
	if !a.head {
		a.compareClocks(p[:n], time.Now())
	}
	return n, err
}

// compareClocks looks for the Date in a part of the header. One that is cut in two is left to the next dial.
func (a *answering) compareClocks(part []byte, now time.Time) {
	part, _, a.head = bytes.Cut(part, []byte("\r\n\r\n"))
	for line := range bytes.SplitSeq(part, []byte("\r\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if !bytes.EqualFold(name, []byte("Date")) {
			continue
		}
		a.head = true
		if date, err := http.ParseTime(string(bytes.TrimSpace(value))); err == nil {
			a.skew = date.Add(time.Second / 2).Sub(now) // it has whole seconds, rounded down
		}
		return
	}
}

// errorOf says that the answer was too long, if that is why the upgrade failed.
func (a *answering) errorOf(err error) error {
	if a.read >= maxAnswer {
		return errLongAnswer
	}
	return err
}
