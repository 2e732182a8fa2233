package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/actors"
	"hermod/check"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/keypair"
	"hermod/connector"
	"hermod/gateway/boot"
	"hermod/wire"
)

// secretFileOf writes a secret into a file and returns its path.
func secretFileOf(t *testing.T, secret wire.Secret) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(path, []byte(secret.Reveal()), 0o600))
	return path
}

// quick leaves out the checks that wait for a second or more.
var quick = []string{"--skip", "session.*", "--skip", "delivery.idle", "--skip", "delivery.acknowledged", "--skip", "delivery.refused"}

func TestCheckFindsHermodsConnectorRight(t *testing.T) {
	t.Parallel()
	secret := secretFileOf(t, gatewaySecret)
	old, owner, token := secretFileOf(t, "the secret before"), secretFileOf(t, "an owner's token"), secretFileOf(t, "once")
	p := startConnector(t, "--dev", "--data", t.TempDir(), "--gateway", "g1="+secret, "--gateway", "g1="+old,
		"--tenant", "acme="+owner, "--enroll-token", token)
	junit := filepath.Join(t.TempDir(), "report.xml")
	code, stdout, stderr := runHermod(t, "", append([]string{"check", "connector", "ws://" + p.addr, "--gateway-id", "g1",
		"--secret-file", secret, "--dev-url", "http://" + p.addr, "--chat", "c1", "--destructive",
		"--secret-file", old, "--identity-token-file", owner, "--enroll-token-file", token, "--wake-listen", "127.0.0.1:0",
		"--stop", fmt.Sprint("kill -TERM ", p.cmd.Process.Pid),
		"--json", "--junit", junit}, quick...)...)
	var report checkReport
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	for _, r := range report.Results {
		if r.Verdict != check.OK && !strings.Contains(r.Reason, "--slow") {
			t.Errorf("%s: %s: %s", r.Name, r.Verdict, r.Reason)
		}
	}
	if code != 0 || stderr != "" || report.OK < 80 || report.OK+report.NotApplicable != len(report.Results) {
		t.Errorf("exit code %d, %d ok, stderr %q", code, report.OK, stderr)
	}
	xml, err := os.ReadFile(junit)
	if err != nil || !strings.Contains(string(xml), `name="delivery.replay"`) {
		t.Errorf("the JUnit report: %v %.200s", err, xml)
	}
	for _, hidden := range []string{gatewaySecret.Reveal(), "the secret before", "an owner's token"} {
		if strings.Contains(stdout+string(xml), hidden) {
			t.Errorf("a report shows %q", hidden)
		}
	}
}

func TestCheckShowsWhatIsBroken(t *testing.T) {
	t.Parallel()
	c := serve(t, func(cfg *connector.Config) {
		cfg.OnOutbound = func(context.Context, connector.Record) wire.Result { return wire.Failure("no", true) }
	})
	code, stdout, _ := runHermod(t, "", "check", "connector", c.URL(), "--gateway-id", "g1",
		"--secret-file", secretFileOf(t, gatewaySecret), "--only", "outbound.*", "--skip", "outbound.foreign-platform")
	if code != cli.ExitFailure {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{
		"✗ BROKEN  outbound.definite", "rule      a failure that certainly had no effect is not ambiguous (Actions and results)",
		"expected  no ambiguous", `sent      GET /relay (upgrade)`, `"ambiguous":true`, "✓ ok      outbound.answered",
		"- n/a     outbound.send", ", 1 broken, 5 not applicable, in ",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in:\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "\x1b") {
		t.Error("a pipe gets colours")
	}
}

// settings are what the command says a gateway needs.
var settings = regexp.MustCompile(`(?s)GATEWAY_RELAY_URL=(\S+).*GATEWAY_RELAY_ID=check.*cat ([^)]+)\).*\n\n$`)

// checkedGateway is 'hermod check gateway' as a process, and what its invitation says.
func checkedGateway(t *testing.T, args ...string) (cmd *exec.Cmd, stdout *strings.Builder, url, secret string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, os.Args[0], append([]string{"check", "gateway", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(clearedEnvironment(), asHermod+"=1", cli.SecretVariable+"=")
	stdout = new(strings.Builder)
	cmd.Stdout = stdout
	stderr, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	var said strings.Builder
	lines := bufio.NewReader(stderr)
	for {
		line, err := lines.ReadString('\n')
		said.WriteString(line)
		if m := settings.FindStringSubmatch(said.String()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, lines) }()
			return cmd, stdout, m[1], m[2]
		}
		if err != nil {
			t.Fatalf("%v after %q", err, said.String())
		}
	}
}

func TestCheckFindsHermodsEngineRight(t *testing.T) {
	t.Parallel()
	cmd, stdout, url, path := checkedGateway(t, "--echo", "--only", "dial.*", "--only", "auth.*", "--only", "hello.*",
		"--only", "lines.*", "--only", "request.*", "--only", "delivery.duplicate", "--only", "websocket.close")
	secret, err := os.ReadFile(path)
	must(t, err)
	engine, err := actors.New(actors.EngineConfig{})
	must(t, err)
	t.Cleanup(func() { _ = engine.Close(context.Background()) })
	_, err = engine.Spawn("bot", actors.Config{URL: url, GatewayID: "check", Secret: wire.Secret(secret),
		Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}},
		Commands:   []wire.Command{{Name: "new", Description: "start over"}},
		Handlers: actors.Handlers{Inbound: func(ctx context.Context, d *actors.Inbound) error {
			_, err := d.Relay.Send(ctx, wire.NewSend(d.Event.Source.ChatID, "You said so."), actors.Via("discord"))
			return err
		}}})
	must(t, err)
	if err := cmd.Wait(); err != nil || !strings.Contains(stdout.String(), "35 ok, 0 broken, 5 not applicable") {
		t.Errorf("%v:\n%s", err, stdout)
	}
	if _, err := os.Stat(filepath.Dir(path)); !os.IsNotExist(err) {
		t.Errorf("the secret of the run is left behind: %v", err)
	}
	if strings.Contains(stdout.String(), string(secret)) {
		t.Error("the output shows the secret")
	}
}

// A gateway that dials wss only, and has no secret yet.
func TestCheckServesTLSAndEnrolsTheGateway(t *testing.T) {
	t.Parallel()
	cmd, stdout, url, path := checkedGateway(t, "--tls", "--enroll", "--only", "dial.arrives", "--only", "auth.*", "--only", "plane.*")
	token, err := os.ReadFile(path)
	must(t, err)
	authority, err := os.ReadFile(filepath.Join(filepath.Dir(path), "authority.pem"))
	must(t, err)
	trust := actors.TLS{RootCAs: x509.NewCertPool()}
	if !strings.HasPrefix(url, "wss://") || !trust.RootCAs.AppendCertsFromPEM(authority) {
		t.Fatalf("the URL is %s, the authority %s", url, authority)
	}
	transport := &http.Transport{TLSClientConfig: trust.ClientConfig()}
	t.Cleanup(transport.CloseIdleConnections)
	client, err := boot.New(boot.Config{URL: url, GatewayID: "check", Identity: boot.StaticIdentity("any"), Transport: transport})
	must(t, err)
	credentials, err := client.Enroll(t.Context(), wire.Secret(token))
	must(t, err)
	_, err = client.Provision(t.Context(), credentials, wire.Registration{Platform: "discord", BotID: "b1"})
	must(t, err)
	must(t, client.DeclarePolicy(t.Context(), credentials, wire.RelevancePolicy{Platform: "discord"}))
	engine, err := actors.New(actors.EngineConfig{})
	must(t, err)
	t.Cleanup(func() { _ = engine.Close(context.Background()) })
	_, err = engine.Spawn("bot", actors.Config{URL: url, GatewayID: "check", Secret: credentials.Secret, TLS: trust,
		Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}},
		Handlers:   actors.Handlers{Inbound: func(context.Context, *actors.Inbound) error { return nil }}})
	must(t, err)
	if err := cmd.Wait(); err != nil || !strings.Contains(stdout.String(), "7 ok, 0 broken, 0 not applicable") {
		t.Errorf("%v:\n%s", err, stdout)
	}
}

func TestCheckServesTLSWithACertificateOfAFile(t *testing.T) {
	var f checkTLSFlags
	f.files.Certificate, f.files.Key = certificateFiles(t)
	invited := &invitation{url: "ws://127.0.0.1:1/relay"}
	must(t, f.into(invited, new(runFolder)))
	if invited.url != "wss://127.0.0.1:1/relay" || invited.target.TLS == nil || invited.authorities != "" {
		t.Errorf("it is %+v", invited)
	}
}

// certificateFiles writes a certificate and its key.
func certificateFiles(t *testing.T) (certificate, key string) {
	t.Helper()
	pair, _, err := keypair.Trial("localhost")
	must(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	must(t, err)
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		must(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	return write("certificate.pem", "CERTIFICATE", pair.Certificate[0]), write("key.pem", "PRIVATE KEY", der)
}

// A gateway that does not trust the certificate is told so, where it would otherwise seem not to dial.
func TestCheckSaysThatADialDidNotTrustTheCertificate(t *testing.T) {
	t.Parallel()
	cmd, stdout, url, _ := checkedGateway(t, "--tls", "--wait", "300ms", "--only", "dial.arrives", "--json")
	_, err := tls.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "wss://"), "/relay"), nil)
	if err == nil {
		t.Fatal("the certificate is trusted")
	}
	_ = cmd.Wait()
	if !strings.Contains(stdout.String(), "bad certificate") {
		t.Errorf("it says %s", stdout)
	}
}

func TestASignalEndsTheChecksAndRemovesTheSecret(t *testing.T) {
	t.Parallel()
	cmd, stdout, _, path := checkedGateway(t)
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != cli.ExitUsage {
		t.Errorf("exit code %d:\n%s", code, stdout)
	}
	if _, err := os.Stat(filepath.Dir(path)); !os.IsNotExist(err) {
		t.Errorf("the secret of the run is left behind: %v", err)
	}
}

func TestCheckListPrintsEveryCheck(t *testing.T) {
	code, stdout, _ := runHermod(t, "", "check", "list")
	connectors, gateways := check.List()
	if lines := strings.Count(stdout, "\n"); code != 0 || lines != len(connectors)+len(gateways)+3 {
		t.Errorf("exit code %d, %d lines", code, lines)
	}
	for _, c := range append(connectors, gateways...) {
		if !strings.Contains(stdout, c.Name+" ") || !strings.Contains(stdout, c.Rule) || len(c.Name) > checkNameWidth {
			t.Errorf("%s is missing, or too long", c.Name)
		}
	}
}

func TestCheckExits2WhenItCannotCheckAnything(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, closed.Close())
	secret := secretFileOf(t, "s")
	for args, want := range map[string]string{
		"connector ws://" + closed.Addr().String(): "nothing could be checked",
		"connector":                                                         "name the one connector",
		"connector ftp://h":                                                 "URL",
		"connector ws://h --gateway-id g":                                   "--secret-file",
		"connector ws://h --secret-file " + secret:                          "--gateway-id",
		"connector ws://h --only nonsense":                                  "hermod check list",
		"connector ws://h --skip [":                                         "--skip",
		"connector ws://h --identity =b1":                                   "telegram=42",
		"connector ws://h --dev-url nonsense":                               "http://127.0.0.1:8466",
		"connector ws://h --dev-url http://h --inject x":                    "give one",
		"connector ws://h --junit /does/not/exist":                          "--junit",
		"connector wss://h --ca-file /does/not/exist":                       "--ca-file",
		"connector ws://h --enroll-token-file " + secret:                    "--identity-token-file",
		"connector ws://h --wake-listen nonsense":                           "127.0.0.1:0",
		"connector ws://h --wake-url http://h":                              "--wake-listen",
		"gateway --listen nonsense":                                         "--listen",
		"gateway --wait -1s --listen 127.0.0.1:0":                           "--wait",
		"gateway --tls --tls-cert x --listen 127.0.0.1:0":                   "give one",
		"gateway --tls-cert x --listen 127.0.0.1:0":                         "--tls-key",
		"gateway --tls-cert x --tls-key y --listen 127.0.0.1:0":             "--tls-cert",
		"gateway --enroll --anonymous --listen 127.0.0.1:0":                 "--anonymous",
		"gateway --gateway-id= --listen 127.0.0.1:0":                        "--anonymous",
		"gateway --secret-file /does/not/exist":                             "--secret-file",
		"gateway --wait 1ms --listen 127.0.0.1:0 --anonymous --only dial.*": "nothing could be checked",
	} {
		code, _, stderr := runHermod(t, "", append([]string{"check"}, strings.Fields(args)...)...)
		if code != cli.ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("hermod check %s: exit code %d, %q does not say %q", args, code, stderr, want)
		}
	}
}

func TestInjectingWithACommandGivesItTheObject(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	f := checkConnectorFlags{inject: `read line; echo "$HERMOD_CHECK_KIND $line" >` + out}
	must(t, f.injectWithCommand(t.Context(), check.Inbound, json.RawMessage(`{"text":"hi"}`)))
	if got, err := os.ReadFile(out); err != nil || string(got) != "inbound {\"text\":\"hi\"}\n" {
		t.Errorf("it got %q, %v", got, err)
	}
	f.inject = "echo no such chat; exit 3"
	if err := f.injectWithCommand(t.Context(), check.Inbound, nil); err == nil || !strings.Contains(err.Error(), "no such chat") {
		t.Errorf("a command that failed: %v", err)
	}
}
