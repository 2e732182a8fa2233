package socket_test

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"hermod/actors/internal/socket"
)

func listening(t *testing.T, address string) (net.Listener, netip.AddrPort) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener, listener.Addr().(*net.TCPAddr).AddrPort()
}

func TestAConnectionThatNobodyWaitedForIsAsNetMakesIt(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		listener, addr := listening(t, address)
		theirs, err := net.Dial("tcp", addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer theirs.Close()
		ours, err := socket.Connect(addr, true)
		if err != nil {
			t.Fatal(err)
		}
		defer ours.Close()
		for _, o := range [][2]int{{unix.IPPROTO_TCP, unix.TCP_NODELAY}, {unix.SOL_SOCKET, unix.SO_KEEPALIVE},
			{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE}, {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL}, {unix.IPPROTO_TCP, unix.TCP_KEEPCNT},
			{unix.SOL_SOCKET, unix.SO_BROADCAST}} {
			if got, want := option(t, socket.Raw(ours), o), option(t, raw(t, theirs), o); got != want {
				t.Errorf("option %d is %d, net has %d", o, got, want)
			}
		}
		for range 2 {
			conn, err := listener.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if conn.RemoteAddr().String() == ours.LocalAddr().String() && ours.RemoteAddr().String() != addr.String() {
				t.Errorf("it is connected to %v, want %v", ours.RemoteAddr(), addr)
			}
		}
		if n, err := socket.Offer(ours, []byte("hi")); n != 2 || err != nil {
			t.Errorf("took %d, %v", n, err)
		}
	}
}

func TestAConnectionThatIsNotProbedHasNoKeepalive(t *testing.T) {
	_, addr := listening(t, "127.0.0.1:0")
	light, err := socket.Connect(addr, false)
	if err != nil {
		t.Fatal(err)
	}
	defer light.Close()
	dialled, err := socket.Dial(t.Context(), "tcp", addr.String(), "ws://"+addr.String(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer dialled.Close()
	for name, conn := range map[string]syscall.RawConn{"light": socket.Raw(light), "dialled": raw(t, dialled)} {
		if option(t, conn, [2]int{unix.SOL_SOCKET, unix.SO_KEEPALIVE}) != 0 {
			t.Errorf("%s: TCP probes the peer", name)
		}
		if option(t, conn, [2]int{unix.IPPROTO_TCP, unix.TCP_NODELAY}) == 0 {
			t.Errorf("%s: small writes are delayed", name)
		}
	}
}

func raw(t *testing.T, conn net.Conn) syscall.RawConn {
	t.Helper()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func option(t *testing.T, of syscall.RawConn, o [2]int) (value int) {
	t.Helper()
	var err error
	gone := of.Control(func(fd uintptr) { value, err = unix.GetsockoptInt(int(fd), o[0], o[1]) })
	if err := errors.Join(gone, err); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAConnectionThatIsRefusedSaysSoAsNetDoes(t *testing.T) {
	listener, addr := listening(t, "127.0.0.1:0")
	_ = listener.Close()
	_, want := net.Dial("tcp", addr.String())
	conn, err := socket.Connect(addr, true)
	if err == nil { // it is known later
		defer conn.Close()
		for err == nil {
			_, err = socket.Offer(conn, []byte("hi"))
		}
		err = socket.ConnectError(addr, err)
	}
	if err.Error() != want.Error() || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("error is %v, net's is %v", err, want)
	}
}

func TestASocketThatIsFullTakesNothingAndOneThatWasClosedSaysSo(t *testing.T) {
	_, addr := listening(t, "127.0.0.1:0")
	conn, err := socket.Connect(addr, true)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n > 0; {
		if n, err = socket.Offer(conn, make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	_ = conn.Close()
	if _, err := socket.Offer(conn, []byte("hi")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("error is %v", err)
	}
}

func TestAConnectionThatIsNotMadeYetTakesNothing(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	err = errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 0))
	name, nameless := unix.Getsockname(fd)
	if err := errors.Join(err, nameless); err != nil {
		t.Fatal(err)
	}
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(name.(*unix.SockaddrInet4).Port))
	for taken := 2; taken > 0; { // nobody accepts, so the queue is full soon
		conn, err := socket.Connect(addr, true)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if taken, err = socket.Offer(conn, []byte("hi")); err != nil {
			t.Fatal(err)
		}
	}
}
