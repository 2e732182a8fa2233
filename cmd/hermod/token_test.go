package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/cli"
	"hermod/wire"
)

// secretFile writes a file and returns its path.
func secretFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMintedTokenVerifies(t *testing.T) {
	path := secretFile(t, "s3cret\n")
	before := time.Now().Unix()
	code, token, stderr := runHermod(t, "", "token", "mint", "--gateway-id", "team:bot", "--secret-file", path, "--ttl", "60s")
	if code != 0 || stderr != "" {
		t.Fatalf("mint: exit code %d, %q", code, stderr)
	}
	if id, err := wire.VerifyToken(strings.TrimSpace(token), []wire.Secret{"s3cret"}, time.Now()); err != nil || id != "team:bot" {
		t.Fatalf("the token verifies as %q, %v", id, err)
	}
	code, stdout, stderr := runHermod(t, token, "token", "verify", "--secret-file", path)
	var answer struct {
		GatewayID string `json:"gateway_id"`
		Expires   int64  `json:"expires"`
	}
	if err := json.Unmarshal([]byte(stdout), &answer); code != 0 || err != nil {
		t.Fatalf("verify: exit code %d, %q, %q", code, stdout, stderr)
	}
	if answer.GatewayID != "team:bot" || answer.Expires < before+60 || answer.Expires > time.Now().Unix()+60 {
		t.Fatalf("verify answered %+v", answer)
	}
}

func TestTokenIsReadFromAFileToo(t *testing.T) {
	token := wire.MintToken("g1", "s3cret", 0, time.Now())
	code, stdout, stderr := runHermod(t, "", "token", "verify", "--secret-file", secretFile(t, "s3cret"), "--token-file", secretFile(t, token+"\n"))
	if code != 0 || stdout != `{"gateway_id":"g1","expires":0}`+"\n" {
		t.Fatalf("exit code %d, %q, %q", code, stdout, stderr)
	}
}

func TestVerifyTakesARotationList(t *testing.T) {
	token := wire.MintToken("g1", "old", 0, time.Now())
	code, _, stderr := runHermod(t, token, "token", "verify", "--secret-file", secretFile(t, "new\n"), "--secret-file", secretFile(t, "old\r\n"))
	if code != 0 {
		t.Fatalf("exit code %d, %q", code, stderr)
	}
}

func TestVerifySaysWhyNotAndExits1(t *testing.T) {
	path := secretFile(t, "s3cret")
	for name, tc := range map[string]struct{ token, want string }{
		"expired":      {wire.MintToken("g1", "s3cret", time.Second, time.Now().Add(-time.Hour)), "expired"},
		"wrong secret": {wire.MintToken("g1", "other", 0, time.Now()), "signed"},
		"malformed":    {"nonsense", "malformed"},
		"nothing":      {" \n", "no token"},
	} {
		code, stdout, stderr := runHermod(t, tc.token, "token", "verify", "--secret-file", path)
		if code != cli.ExitFailure || stdout != "" || !strings.Contains(stderr, tc.want) {
			t.Errorf("%s: exit code %d, %q, %q", name, code, stdout, stderr)
		}
	}
}

func TestSecretComesFromTheEnvironmentToo(t *testing.T) {
	t.Setenv("HERMOD_SECRET", "s3cret")
	_, token, _ := runHermod(t, "", "token", "mint", "--gateway-id", "g1")
	if code, _, stderr := runHermod(t, token, "token", "verify"); code != 0 {
		t.Fatalf("exit code %d, %q", code, stderr)
	}
	if code, _, stderr := runHermod(t, token, "token", "verify", "--secret-file", secretFile(t, "other")); code != cli.ExitFailure {
		t.Fatalf("the file does not go ahead of the environment: exit code %d, %q", code, stderr)
	}
}

func TestSecretOfWhiteSpaceOnlyIsAnError(t *testing.T) {
	blank := secretFile(t, " \t\n")
	for _, args := range [][]string{
		{"token", "mint", "--gateway-id", "g1", "--secret-file", blank},
		{"token", "verify", "--secret-file", blank},
		{"connector", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--gateway", "g1=" + blank},
	} {
		if code, _, stderr := runHermod(t, "", args...); code != cli.ExitUsage || !strings.Contains(stderr, "white space") {
			t.Errorf("%v: exit code %d, %q", args[:2], code, stderr)
		}
	}
	t.Setenv("HERMOD_SECRET", " \n")
	if code, _, stderr := runHermod(t, "", "token", "mint", "--gateway-id", "g1"); code != cli.ExitUsage || !strings.Contains(stderr, "HERMOD_SECRET") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

func TestErrorsRepeatNeitherTokensNorSecrets(t *testing.T) {
	const hidden = "do-not-show-me"
	for _, args := range [][]string{
		{"token", hidden},
		{"token", "mint", hidden},
		{"token", "verify", hidden},
		{"token", "mint", "--gateway-id", "g1", "--secret-file", hidden},
		{"token", "verify", "--secret-file", secretFile(t, "s"), "--token-file", hidden},
		{"connector", "--gateway", "g1=" + hidden},
		{"connector", "--gateway", hidden},
		{"connector", "--tenant", "acme=" + hidden},
		{"connector", "--tenant", hidden},
		{"connector", "--tenant", "acme=" + secretFile(t, "s"), "--enroll-token", hidden},
	} {
		code, stdout, stderr := runHermod(t, hidden, args...)
		if code != cli.ExitUsage || strings.Contains(stdout+stderr, hidden) {
			t.Errorf("%v: exit code %d, %q", args, code, stdout+stderr)
		}
	}
}

func TestVerifyHelpSaysWhyATokenIsNoArgument(t *testing.T) {
	code, stdout, _ := runHermod(t, "", "token", "verify", "--help")
	if code != 0 || !strings.Contains(stdout, "never an argument") {
		t.Fatalf("exit code %d, %q", code, stdout)
	}
}

func TestASecretThatEverybodyMayReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(path, []byte("canary"), 0o600))
	for mode, want := range map[os.FileMode]int{0o600: 0, 0o640: 0, 0o644: cli.ExitUsage, 0o602: cli.ExitUsage} {
		must(t, os.Chmod(path, mode))
		code, _, stderr := runHermod(t, "", "token", "mint", "--gateway-id", "g1", "--secret-file", path)
		if code != want || (code == 0) == strings.Contains(stderr, "chmod 600") || strings.Contains(stderr, "canary") {
			t.Errorf("mode %o: exit code %d, %q", mode, code, stderr)
		}
	}
}
