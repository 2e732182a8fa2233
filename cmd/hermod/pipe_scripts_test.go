//go:build interop

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/wire"
	"hermod/wire/wiretest"
)

// The scripts that the README shows, run as they stand.
func TestPipeScriptsEchoEveryEvent(t *testing.T) {
	scripts := map[string]string{"../../examples/pipe.py": "/usr/bin/python3", "../../examples/pipe.mjs": "/usr/bin/node"}
	for script, interpreter := range scripts {
		t.Run(filepath.Base(script), func(t *testing.T) {
			content, err := os.ReadFile(script)
			must(t, err)
			if lines := strings.Count(string(content), "\n"); lines > 10 {
				t.Errorf("%d lines", lines)
			}
			srv := wiretest.Listen(t)
			runScript(t, interpreter, script, "--url", srv.URL(), "--platform", "discord")
			c := srv.Accept()
			c.Handshake()
			for _, text := range []string{"hello", "grüße 🔌\n\"quoted\" <b>\u2028\u2029\u0085"} {
				must(t, c.SendInbound(wiretest.Event("discord", "c1", text, text), "1"))
				out, err := wire.DecodeOutbound(c.Await(wire.KindOutbound))
				must(t, err)
				want := wire.NewSend("c1", text)
				for _, field := range []string{"op", "chat_id", "content"} {
					if got := fieldText(t, out.Action, field); got != fieldText(t, want, field) {
						t.Errorf("%s is %q", field, got)
					}
				}
			}
			must(t, c.CloseWith(wire.CloseUnauthorized, "unauthorized"))
			c.AwaitEnd()
		})
	}
}

// runScript starts a script that finds this binary as hermod, and ends it with the test.
func runScript(t *testing.T, interpreter string, args ...string) {
	t.Helper()
	clearEnvironment(t)
	programs := t.TempDir()
	must(t, os.Symlink(os.Args[0], filepath.Join(programs, "hermod")))
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	cmd := exec.CommandContext(ctx, interpreter, args...)
	cmd.Env = append(os.Environ(), asHermod+"=1", "PATH="+programs+":"+os.Getenv("PATH"))
	cmd.Stderr, cmd.WaitDelay = os.Stderr, time.Second
	must(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
}

func fieldText(t *testing.T, a wire.Action, name string) string {
	t.Helper()
	raw, _ := a.Field(name)
	return parseRecord(t, []byte(`{"x":`+string(raw)+"}\n"))["x"].(string)
}

func parseRecord(t *testing.T, line []byte) map[string]any {
	var r map[string]any
	if err := json.Unmarshal(line, &r); err != nil || bytes.Count(line, []byte("\n")) != 1 {
		t.Errorf("not a JSON object on one line: %q (%v)", line, err)
	}
	return r
}
