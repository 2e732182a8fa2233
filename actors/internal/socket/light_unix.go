//go:build unix

package socket

import (
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// light is a TCP socket that Go's own poller knows only while somebody waits for it. What net and that poller keep of a
// socket is nearly as much as a relay at rest, and who only tries needs nothing but the file descriptor.
// A deadline says that its setter is going to wait: one that is not zero makes what waits, the zero one gives it up.
type light struct {
	fd      int32
	holders atomic.Int32 // calls that use fd; below zero when it is to be closed after the last
	reading atomic.Pointer[waiter]
	writing atomic.Pointer[waiter]
}

var _ net.Conn = (*light)(nil)

// Lighten returns a connection that weighs less at rest. The caller must not use conn any more, nor may anybody else. A
// connection that is no TCP socket is returned as it is, and so is one when the process may not open one file more.
func Lighten(conn net.Conn) net.Conn {
	socket, ok := parkableOf(conn)
	if !ok {
		return conn
	}
	fd, err := -1, error(nil)
	if socket.raw.Control(func(of uintptr) { fd, err = duplicate(of) }) != nil || err != nil {
		return conn
	}
	_ = conn.Close() // the socket lives on
	return &light{fd: int32(fd)}
}

func duplicate(fd uintptr) (int, error) { return unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) }

// shut makes holders negative whatever is counted.
const shut = -1 << 30

// Close implements net.Conn. Whoever waits stops waiting. The file descriptor lives until the last call that uses it.
func (l *light) Close() error {
	if !l.hold(1 + shut) {
		return net.ErrClosed
	}
	giveUp(&l.reading)
	giveUp(&l.writing)
	l.drop()
	return nil
}

// hold counts a call that uses the file descriptor until drop; false when the socket was closed.
func (l *light) hold(count int32) bool {
	for now := l.holders.Load(); now >= 0; now = l.holders.Load() {
		if l.holders.CompareAndSwap(now, now+count) {
			return true
		}
	}
	return false
}

func (l *light) drop() {
	if l.holders.Add(-1) == shut {
		_ = unix.Close(int(l.fd))
	}
}

// control has f use the file descriptor.
func (l *light) control(f func(fd uintptr)) error {
	if !l.hold(1) {
		return net.ErrClosed
	}
	defer l.drop()
	f(uintptr(l.fd))
	return nil
}

// waiter is the same socket as Go's own poller knows it.
type waiter struct {
	*net.TCPConn
	raw syscall.RawConn
}

// waiters are those of all connections in the process.
var waiters atomic.Int64

// maxWaiters is how many there may be for a reader to add its own. Each is one more open file, which others need, too;
// readers beyond that only try.
func maxWaiters() int64 { return int64(MaxOpenFiles() / 16) }

// waiting returns what waits in one direction, which only one goroutine does at a time.
func (l *light) waiting(at *atomic.Pointer[waiter]) (*waiter, error) {
	if w := at.Load(); w != nil {
		return w, nil
	}
	if at == &l.reading && waiters.Load() >= maxWaiters() {
		return nil, unix.EMFILE
	}
	w, err := l.newWaiter()
	if err != nil {
		return nil, err
	}
	at.Store(w)
	if l.holders.Load() < 0 { // Close may have looked before
		giveUp(at)
		return nil, net.ErrClosed
	}
	return w, nil
}

func (l *light) newWaiter() (*waiter, error) {
	fd, err := -1, error(nil)
	if err := l.control(func(of uintptr) { fd, err = duplicate(of) }); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	file := os.NewFile(uintptr(fd), "socket")
	defer file.Close() // net takes a duplicate
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	socket, _ := parkableOf(conn)
	waiters.Add(1)
	return &waiter{conn.(*net.TCPConn), socket.raw}, nil
}

func giveUp(at *atomic.Pointer[waiter]) {
	if w := at.Swap(nil); w != nil {
		waiters.Add(-1)
		_ = w.Close()
	}
}

// SetDeadline implements net.Conn.
func (l *light) SetDeadline(t time.Time) error {
	if err := l.SetReadDeadline(t); err != nil {
		return err
	}
	return l.SetWriteDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (l *light) SetReadDeadline(t time.Time) error {
	if t.IsZero() {
		giveUp(&l.reading)
		return nil
	}
	w, err := l.waiting(&l.reading)
	if err != nil {
		return err
	}
	return w.SetReadDeadline(t)
}

// SetWriteDeadline implements net.Conn.
func (l *light) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		giveUp(&l.writing)
		return nil
	}
	w, err := l.waiting(&l.writing)
	if err != nil {
		return err
	}
	return w.SetWriteDeadline(t)
}

// Read implements net.Conn.
func (l *light) Read(into []byte) (int, error) {
	w, err := l.waiting(&l.reading)
	if err != nil {
		return 0, err
	}
	return w.TCPConn.Read(into)
}

// Write implements net.Conn.
func (l *light) Write(data []byte) (int, error) {
	w, err := l.waiting(&l.writing)
	if err != nil {
		return 0, err
	}
	return w.TCPConn.Write(data)
}

// LocalAddr implements net.Conn; nil when it is not known any more.
func (l *light) LocalAddr() net.Addr { return l.address((*net.TCPConn).LocalAddr) }

// RemoteAddr implements net.Conn; nil when it is not known any more.
func (l *light) RemoteAddr() net.Addr { return l.address((*net.TCPConn).RemoteAddr) }

func (l *light) address(of func(*net.TCPConn) net.Addr) net.Addr {
	w, err := l.newWaiter()
	if err != nil {
		return nil
	}
	var at atomic.Pointer[waiter]
	at.Store(w)
	defer giveUp(&at)
	return of(w.TCPConn)
}

// rawLight is a light socket for those who use its file descriptor.
type rawLight light

var _ syscall.RawConn = (*rawLight)(nil)

// Control implements syscall.RawConn.
func (r *rawLight) Control(f func(fd uintptr)) error { return (*light)(r).control(f) }

// Read implements syscall.RawConn. Where nothing can wait, it only tries, as if the deadline were over.
func (r *rawLight) Read(f func(fd uintptr) bool) error {
	l := (*light)(r)
	if w, err := l.waiting(&l.reading); err == nil {
		return w.raw.Read(f)
	}
	done := false
	if err := l.control(func(fd uintptr) { done = f(fd) }); err != nil || done {
		return err
	}
	return os.ErrDeadlineExceeded
}

// Write implements syscall.RawConn.
func (r *rawLight) Write(f func(fd uintptr) bool) error {
	l := (*light)(r)
	w, err := l.waiting(&l.writing)
	if err != nil {
		return err
	}
	return w.raw.Write(f)
}
