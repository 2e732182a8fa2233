package daemon

import (
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func socketFile(path, more string) string { return doorFile("listen: 'unix:" + path + "'" + more) }

// shortDir is a folder whose path leaves room for a socket's.
func shortDir(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "s")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

func modeOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	must(t, err)
	if info.Mode().Type() != fs.ModeSocket {
		t.Errorf("%s is no socket", path)
	}
	return info.Mode().Perm()
}

func TestAUnixSocketServesWhoMayUseIt(t *testing.T) {
	folder, log := shortDir(t), new(safeBuffer)
	path := filepath.Join(folder, "h.sock")
	r := runWith(t, socketFile(path, ""), func(o *Options) { o.Stderr = log })
	if mode := modeOf(t, path); mode != 0o660 {
		t.Errorf("its mode is %04o", mode)
	}
	if addr := r.servers.main.addr(); addr != "unix:"+path {
		t.Errorf("listens at %s", addr)
	}
	client := intrudeAt(t, "unix", path)
	if status := client.ask("/v1/bots", "Host: bots.example"); status != http.StatusBadRequest { // two hosts
		t.Errorf("answered %d", status)
	}
	client = intrudeAt(t, "unix", path)
	if status := client.send("POST", "/v1/bots/a/disable"); status != http.StatusAccepted {
		t.Errorf("answered %d", status)
	}
	if want := fmt.Sprintf("by=local from=\"unix:uid=%d\"", os.Getuid()); !strings.Contains(log.String(), want) {
		t.Errorf("no %s in %s", want, log)
	}
	r.reload(socketFile(path, ", socket_mode: '0600', token: {env: SECRET}"))
	log.await("auth=required")
	if mode := modeOf(t, path); mode != 0o600 {
		t.Errorf("its mode became %04o", mode)
	}
	if status := intrudeAt(t, "unix", path).ask("/v1/bots"); status != http.StatusUnauthorized {
		t.Errorf("answered %d without the token", status)
	}
	if status := intrudeAt(t, "unix", path).ask("/v1/bots", "Authorization: Bearer "+secret); status != http.StatusOK {
		t.Errorf("answered %d with the token", status)
	}
	r.reload(doorFile("listen: '127.0.0.1:0'"))
	log.await("address=127.0.0.1")
	if left, _ := os.ReadDir(folder); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

func TestASocketThatADeadProcessLeftIsReplaced(t *testing.T) {
	path := filepath.Join(shortDir(t), "h.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	must(t, err)
	dead.SetUnlinkOnClose(false)
	must(t, dead.Close())
	run(t, socketFile(path, ""))
	if status := intrudeAt(t, "unix", path).ask("/v1/bots"); status != http.StatusOK {
		t.Errorf("answered %d", status)
	}
}

func TestWhatIsAtTheSocketsPathIsNotTakenAway(t *testing.T) {
	for name, tt := range map[string]struct {
		put  func(path string)
		want string
	}{
		"a daemon that lives": {func(path string) {
			alive, err := net.Listen("unix", path)
			must(t, err)
			t.Cleanup(func() { _ = alive.Close() })
		}, "end the program that listens there"},
		"a file":               {func(path string) { must(t, os.WriteFile(path, []byte("x"), 0o600)) }, "no socket"},
		"a link to a file":     {func(path string) { must(t, os.Symlink("/etc/passwd", path)) }, "no socket"},
		"a folder":             {func(path string) { must(t, os.Mkdir(path, 0o700)) }, "no socket"},
		"nothing, nor a place": {func(path string) { must(t, os.Remove(filepath.Dir(path))) }, "make the folder"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(shortDir(t), "h.sock")
			tt.put(path)
			before, beforeErr := os.Lstat(path)
			_, err := bind(*listenerOf(t, socketFile(path, "")))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "http.listen") {
				t.Errorf("error is %v", err)
			}
			if after, afterErr := os.Lstat(path); beforeErr == nil && (afterErr != nil || !os.SameFile(before, after)) {
				t.Error("it is gone")
			}
		})
	}
}
