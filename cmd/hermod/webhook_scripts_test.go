//go:build interop

package main

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

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

// startReceiver runs the receiver that the README shows, as it stands.
func startReceiver(t *testing.T) (ctx context.Context, url string, stdout *bufio.Reader) {
	t.Helper()
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
	output, err := receiver.StdoutPipe()
	must(t, err)
	must(t, receiver.Start())
	must(t, errors.Join(socket.Close(), listener.Close())) // the receiver has its own
	t.Cleanup(func() {
		cancel()
		_ = receiver.Wait()
	})
	return ctx, "http://" + listener.Addr().String() + "/", bufio.NewReader(output)
}

func TestPipeScriptsReceiveAWebhook(t *testing.T) {
	ctx, url, stdout := startReceiver(t)
	c := serve(t, func(cfg *connector.Config) { cfg.Window = 1 })
	d := startDaemon(t, []string{"S=" + gatewaySecret.Reveal(), "W=" + signingSecret}, "--config", webhookFile(t, c, url))
	d.await("msg=ready")
	_, err := c.Inject("g1", []byte(`{"text":"grüße","source":{"platform":"discord","chat_id":"c1"}}`))
	must(t, err)
	line, err := stdout.ReadString('\n')
	must(t, err)
	if !strings.Contains(line, `"bot":"a"`) || !strings.Contains(line, "grüße") {
		t.Errorf("the receiver printed %s", line)
	}
	for c.State()["g1"].Buffered > 0 {
		must(t, ctx.Err())
		<-time.After(time.Millisecond)
	}
}

func TestPipeScriptsRefuseAWebhookThatIsOldOrNotSigned(t *testing.T) {
	ctx, url, _ := startReceiver(t)
	signer, err := standardwebhooks.NewWebhook(signingSecret)
	must(t, err)
	now := time.Now()
	for name, tt := range map[string]struct {
		at     time.Time
		body   string
		status int
	}{
		"of now":            {now, "{}", http.StatusNoContent},
		"of an hour ago":    {now.Add(-time.Hour), "{}", http.StatusUnauthorized},
		"of an hour hence":  {now.Add(time.Hour), "{}", http.StatusUnauthorized},
		"of another's body": {now, "[]", http.StatusUnauthorized},
	} {
		signature, err := signer.Sign("evt_1", tt.at, []byte("{}"))
		must(t, err)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(tt.body))
		must(t, err)
		request.Header.Set(standardwebhooks.HeaderWebhookID, "evt_1")
		request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(tt.at.Unix(), 10))
		request.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
		response, err := http.DefaultClient.Do(request)
		must(t, err)
		must(t, response.Body.Close())
		if response.StatusCode != tt.status {
			t.Errorf("a post %s is answered with %d, want %d", name, response.StatusCode, tt.status)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
