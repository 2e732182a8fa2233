package unixsocket_test

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"

	"hermod/connector/unixsocket"
)

// newPath is short enough for a socket.
func newPath(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "s")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return filepath.Join(folder, "s")
}

func listen(t *testing.T, path string) *unixsocket.Listener {
	t.Helper()
	l, err := unixsocket.Listen(path, 0o660)
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func wantMode(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	info, err := os.Lstat(path)
	must(t, err)
	if info.Mode() != mode|fs.ModeSocket {
		t.Errorf("its mode is %s", info.Mode())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAClientThatWaitedUnderALooserModeIsTurnedAway(t *testing.T) {
	path := newPath(t)
	l := listen(t, path)
	wantMode(t, path, 0o660)
	waiting, err := net.Dial("unix", path)
	must(t, err)
	defer func() { _ = waiting.Close() }()
	must(t, l.Permit(0o600))
	wantMode(t, path, 0o600)
	if n, err := waiting.Read(make([]byte, 1)); err == nil {
		t.Errorf("it read %d bytes", n)
	}
}

func TestAListenerLeavesTheSocketOfItsSuccessor(t *testing.T) {
	path := newPath(t)
	first := listen(t, path)
	must(t, os.Remove(path))
	second := listen(t, path)
	must(t, first.Permit(0o600))
	must(t, first.Close())
	wantMode(t, path, 0o660)
	must(t, second.Close())
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
