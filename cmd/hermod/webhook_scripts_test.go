//go:build interop

package main

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hermod/connector"
)

// onListener runs a script as it stands, but for the listener of its server, which is the one that the test hands over.
const onListener = `
import http.server, runpy, socket, sys
class Given(http.server.HTTPServer):
    def __init__(self, address, handler):
        super().__init__(address, handler, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.socket(fileno=3)
http.server.HTTPServer = Given
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0])
`

// The receiver that the README shows, run as it stands.
func TestPipeScriptsReceiveAWebhook(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "webhook.secret")
	must(t, os.WriteFile(secret, []byte(signingSecret+"\n"), 0o600))
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	socket, err := listener.(*net.TCPListener).File()
	must(t, err)
	receiver := exec.CommandContext(ctx, "/usr/bin/python3", "-c", onListener, "../../examples/receiver.py", secret)
	receiver.Stderr = t.Output()
	receiver.ExtraFiles = []*os.File{socket}
	stdout, err := receiver.StdoutPipe()
	must(t, err)
	must(t, receiver.Start())
	must(t, errors.Join(socket.Close(), listener.Close())) // the receiver has its own
	t.Cleanup(func() {
		cancel()
		_ = receiver.Wait()
	})
	c := serve(t, func(cfg *connector.Config) { cfg.BufferAll = true })
	d := startDaemon(t, []string{"S=" + gatewaySecret.Reveal(), "W=" + signingSecret}, "--config",
		webhookFile(t, c, "http://"+listener.Addr().String()+"/"))
	d.await("msg=ready")
	_, err = c.Inject("g1", []byte(`{"text":"grüße","source":{"platform":"discord","chat_id":"c1"}}`))
	must(t, err)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	must(t, err)
	if !strings.Contains(line, `"bot":"a"`) || !strings.Contains(line, "grüße") {
		t.Errorf("the receiver printed %s", line)
	}
	for c.State()["g1"].Buffered > 0 {
		must(t, ctx.Err())
		<-time.After(time.Millisecond)
	}
}
