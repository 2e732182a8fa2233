package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// orphanSocket is where beDeaf shows that it lives.
const orphanSocket = "HERMOD_TEST_SOCKET"

// beDeaf is a bot's process that neither the end of its input nor SIGTERM ends.
func beDeaf() {
	signal.Ignore(syscall.SIGTERM, syscall.SIGPIPE)
	conn, err := net.Dial("unix", os.Getenv(orphanSocket))
	if err != nil {
		panic(err)
	}
	_, _ = conn.Write([]byte("alive"))
	_, _ = io.Copy(io.Discard, conn) // until the test ends
}

func TestASubprocessDiesWithADaemonThatIsKilled(t *testing.T) {
	c := serve(t)
	folder := t.TempDir()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(folder, "socket"), Net: "unix"})
	must(t, err)
	defer func() { must(t, listener.Close()) }()
	path := filepath.Join(folder, "hermod.yaml")
	must(t, os.WriteFile(path, fmt.Appendf(nil, "bots: [{name: a, url: '%s', gateway_id: g1, secret: {env: S}, identities: [{platform: discord}], "+
		"deliver: {process: {command: ['%s'], env: {%s: deaf, %s: '%s'}}}}]\n", c.URL(), os.Args[0], asOther, orphanSocket,
		listener.Addr()), 0o600))
	d := startDaemon(t, []string{"S=" + gatewaySecret.Reveal()}, "--config", path)
	must(t, listener.SetDeadline(time.Now().Add(patience)))
	conn, err := listener.Accept()
	must(t, err)
	defer func() { _ = conn.Close() }()
	must(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = io.ReadFull(conn, make([]byte, len("alive")))
	must(t, err)
	d.signal(syscall.SIGKILL)
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("it outlives the daemon: %v", err)
	}
}
