package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience guards against hanging; nothing waits for it to pass.
const patience = 2 * time.Minute

// The gateway and the connector run as a stranger would run them: built, and as processes of their own.
func TestTheGatewayAnswersAMessageAndEndsAtSIGTERM(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	folder := t.TempDir()
	build(ctx, t, ".", folder)
	build(ctx, t, "../..", folder, "./cmd/hermod")
	address := startConnector(ctx, t, folder)

	gateway := exec.CommandContext(ctx, filepath.Join(folder, "gateway"))
	gateway.Env = append(os.Environ(), "GATEWAY_RELAY_URL=ws://"+address, "GATEWAY_RELAY_ID=g1", "GATEWAY_RELAY_SECRET=a secret",
		"GATEWAY_RELAY_PLATFORM=telegram", "GATEWAY_RELAY_BOT_ID=42")
	gateway.Stderr = t.Output()
	must(t, gateway.Start())

	post(ctx, t, "http://"+address+"/dev/inbound", `{"event":{"text":"hi","source":{"platform":"telegram","chat_id":"c1"}}}`)
	if action := awaitOutbound(ctx, t, address); action.ChatID != "c1" || action.Content != "You said: hi" {
		t.Errorf("the gateway answered %+v", action)
	}
	must(t, gateway.Process.Signal(syscall.SIGTERM))
	if err := gateway.Wait(); err != nil {
		t.Errorf("the gateway ended with %v", err)
	}
}

func TestTheGatewaySaysWhatIsWrongWithItsEnvironment(t *testing.T) {
	for _, name := range []string{"URL", "ID", "SECRET", "PLATFORM", "BOT_ID"} {
		t.Setenv("GATEWAY_RELAY_"+name, "")
	}
	if err := run(t.Context()); err == nil || !strings.Contains(err.Error(), "url:") {
		t.Errorf("without an environment: %v", err)
	}
}

// The commands are those that the README prints, run in an empty folder beside the clone.
func TestTheREADMEsCommandsMakeAModuleOfOnesOwn(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	readme, err := os.ReadFile("../../README.md")
	must(t, err)
	_, commands, found := strings.Cut(string(readme), "```sh\nmkdir bot")
	commands, _, _ = strings.Cut("mkdir bot"+commands, "```")
	if !found {
		t.Fatal("the README does not say how to make a module of one's own")
	}
	folder := t.TempDir()
	clone, err := filepath.Abs("../..")
	must(t, err)
	must(t, os.Symlink(clone, filepath.Join(folder, "hermod")))
	shell := exec.CommandContext(ctx, "bash", "-euc", commands)
	shell.Dir = folder
	if output, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if _, err := os.Stat(filepath.Join(folder, "bot", "bot")); err != nil {
		t.Error(err)
	}
}

// build compiles a command of the module in folder module into the folder out.
func build(ctx context.Context, t *testing.T, module, out string, packages ...string) {
	t.Helper()
	cmd := exec.CommandContext(ctx, "go", append([]string{"-C", module, "build", "-o", out + "/"}, packages...)...)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, output)
	}
}

// startConnector runs 'hermod connector' until the end of the test, and returns its address.
func startConnector(ctx context.Context, t *testing.T, folder string) string {
	t.Helper()
	secret := filepath.Join(folder, "g1.secret")
	must(t, os.WriteFile(secret, []byte("a secret\n"), 0o600))
	connector := exec.CommandContext(ctx, filepath.Join(folder, "hermod"), "connector", "--dev", "--listen", "127.0.0.1:0",
		"--data", filepath.Join(folder, "data"), "--gateway", "g1="+secret)
	connector.Stderr = t.Output()
	stdout, err := connector.StdoutPipe()
	must(t, err)
	must(t, connector.Start())
	t.Cleanup(func() {
		_ = connector.Process.Signal(syscall.SIGTERM)
		_ = connector.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	must(t, err)
	var started struct{ Listening string }
	must(t, json.Unmarshal(line, &started))
	return started.Listening
}

// action is what the test reads of an outbound action.
type action struct {
	ChatID  string `json:"chat_id"`
	Content string `json:"content"`
}

// awaitOutbound asks the connector until the gateway has sent something.
func awaitOutbound(ctx context.Context, t *testing.T, address string) action {
	t.Helper()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/dev/outbound", nil)
		must(t, err)
		response, err := http.DefaultClient.Do(request)
		must(t, err)
		var sent []struct{ Action action }
		err = json.NewDecoder(response.Body).Decode(&sent)
		_ = response.Body.Close()
		must(t, err)
		if len(sent) > 0 {
			return sent[0].Action
		}
	}
}

func post(ctx context.Context, t *testing.T, url, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	must(t, err)
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		must(t, fmt.Errorf("the connector answered %s", response.Status))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
