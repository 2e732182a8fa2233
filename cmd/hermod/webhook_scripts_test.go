//go:build interop

package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hermod/connector"
)

// The receiver that the README shows, run as it stands: it listens where examples/hermod.yaml says.
func TestPipeScriptsReceiveAWebhook(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "webhook.secret")
	must(t, os.WriteFile(secret, []byte(signingSecret+"\n"), 0o600))
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	receiver := exec.CommandContext(ctx, "/usr/bin/python3", "../../examples/receiver.py", secret)
	receiver.Stderr = t.Output()
	stdout, err := receiver.StdoutPipe()
	must(t, err)
	must(t, receiver.Start())
	t.Cleanup(func() {
		cancel()
		_ = receiver.Wait()
	})
	c := serve(t, func(cfg *connector.Config) { cfg.BufferAll = true })
	d := startDaemon(t, []string{"S=" + pipeSecret.Reveal(), "W=" + signingSecret}, "--config", webhookFile(t, c, "http://127.0.0.1:8080/"))
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
	}
}
