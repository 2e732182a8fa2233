//go:build unix

package socket

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Tryable prepares a connection that TLS is to be spoken over: its reader can then wait without a buffer. Other
// connections than TCP sockets are returned as they are.
func Tryable(conn net.Conn) net.Conn {
	if socket, ok := conn.(*net.TCPConn); ok {
		if raw, err := socket.SyscallConn(); err == nil {
			return &tryable{TCPConn: socket, raw: raw}
		}
	}
	return conn
}

// tryable is a socket below TLS. While its source tries, a read takes only what is there.
type tryable struct {
	*net.TCPConn
	raw    syscall.RawConn
	trying bool // belongs to who reads
}

// errNothing is what a read that tries says when nothing is there. TLS goes on after an error that is temporary.
var errNothing net.Error = nothing{}

type nothing struct{}

func (nothing) Error() string   { return "nothing to read" }
func (nothing) Timeout() bool   { return true }
func (nothing) Temporary() bool { return true }

// Read implements net.Conn.
func (c *tryable) Read(into []byte) (n int, err error) {
	if !c.trying {
		return c.TCPConn.Read(into)
	}
	failed := c.raw.Read(func(fd uintptr) bool {
		n, err = readOnce(fd, into)
		return true
	})
	switch {
	case failed != nil:
		return 0, failed
	case errors.Is(err, syscall.EAGAIN):
		return 0, errNothing
	case err != nil:
		return 0, os.NewSyscallError("read", err)
	case n == 0 && len(into) > 0:
		return 0, io.EOF
	}
	return n, nil
}

// tlsSource reads from TLS over a socket. It takes a buffer to look whether there is something, and waits for the
// socket without one; what TLS has read ahead is never waited for.
type tlsSource struct {
	parkable
	tls   *tls.Conn
	below *tryable
	await func(fd uintptr) bool // readable, made once
}

func newTLSSource(conn *tls.Conn, used Source) Source {
	below, ok := conn.NetConn().(*tryable)
	if !ok {
		return nil
	}
	s, ok := used.(*tlsSource)
	if !ok {
		s = new(tlsSource)
		s.await = readable
	}
	*s = tlsSource{parkable: parkable{conn: below.TCPConn, raw: below.raw}, tls: conn, below: below, await: s.await}
	return s
}

// readable looks whether a read would not wait. The runtime forgets what it knew when it begins to wait, so this has to
// be asked after that.
func readable(fd uintptr) bool {
	var next [1]byte
	_, _, err := unix.Recvfrom(int(fd), next[:], unix.MSG_PEEK)
	return !errors.Is(err, unix.EAGAIN)
}

// Read implements Source.
func (s *tlsSource) Read() ([]byte, error) {
	for {
		data, err := s.look()
		if len(data) > 0 {
			s.busy, s.drained = true, false
			return data, nil
		}
		if err == errNothing {
			if s.drained = true; s.brief {
				return nil, ErrQuiet
			}
			err = s.raw.Read(s.await)
		}
		if s.watched && errors.Is(err, os.ErrDeadlineExceeded) {
			if s.drained && !s.busy {
				return nil, ErrQuiet
			}
			s.Watch()
			continue
		}
		if err != nil {
			return nil, err
		}
	}
}

// look reads what is there, into a buffer that it keeps only if there is something.
func (s *tlsSource) look() ([]byte, error) {
	s.buffer = readBuffers.Get().(*[readSize]byte)
	s.below.trying = true
	n, err := s.tls.Read(s.buffer[:])
	s.below.trying = false
	if n > 0 {
		return s.buffer[:n], nil // the error comes again
	}
	s.Release()
	return nil, err
}
