package daemon

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tokenFile lists tokens by name, the roles after it, each in a file of its name.
func tokenFile(t *testing.T, address, folder string, tokens ...string) string {
	t.Helper()
	var list []string
	for _, token := range tokens {
		name, rest, _ := strings.Cut(token, " ")
		must(t, os.WriteFile(filepath.Join(folder, name), []byte("the token of "+name+"\n"), 0o600))
		list = append(list, fmt.Sprintf("{name: %s, token: {file: '%s/%s'}, %s}", strings.TrimRight(name, "-"), folder, name, rest))
	}
	return doorFile(fmt.Sprintf("listen: '%s', tokens: [%s]", address, strings.Join(list, ", ")))
}

func with(name string) string { return "Authorization: Bearer the token of " + name }

// follow opens the stream of events and reads its beginning.
func follow(t *testing.T, address, header string) *bufio.Reader {
	t.Helper()
	i := intrude(t, address)
	_, err := fmt.Fprintf(i.conn, "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n", header)
	must(t, err)
	response, err := http.ReadResponse(i.in, nil)
	must(t, err)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("answered %d", response.StatusCode)
	}
	return bufio.NewReader(response.Body)
}

// until reads lines until one begins so; false is the end of the stream.
func until(stream *bufio.Reader, begin string) bool {
	for {
		line, err := stream.ReadString('\n')
		if err != nil {
			return false
		}
		if strings.HasPrefix(line, begin) {
			return true
		}
	}
}

func TestARotationEndsTheStreamsOfTheOldTokenOnly(t *testing.T) {
	folder, address := t.TempDir(), freeAddress(t)
	r := run(t, tokenFile(t, address, folder, "old roles: [read]", "other roles: [steer]"))
	old, other := follow(t, address, with("old")), follow(t, address, with("other"))
	if !until(old, "event: synced") || !until(other, "event: synced") {
		t.Fatal("the streams do not begin")
	}
	r.reload(tokenFile(t, address, folder, "old roles: [read]", "old- roles: [read]", "other roles: [steer]"))
	disable := func() {
		if status := intrude(t, address).send("POST", "/v1/bots/a/disable", with("other")); status != http.StatusAccepted {
			t.Fatalf("answered %d", status)
		}
	}
	disable()
	if !until(old, "event: status") || !until(other, "event: status") {
		t.Error("a token that is added ends streams")
	}
	r.reload(tokenFile(t, address, folder, "old- roles: [read]", "other roles: [steer]"))
	if until(old, "event: never") {
		t.Error("the stream goes on")
	}
	if status := intrude(t, address).ask("/v1/bots", with("old")); status != http.StatusUnauthorized {
		t.Errorf("the old token is answered %d", status)
	}
	if status := intrude(t, address).ask("/v1/bots", with("old-")); status != http.StatusOK {
		t.Errorf("the new token is answered %d", status)
	}
	if status := intrude(t, address).send("POST", "/v1/bots/a/enable", with("other")); status != http.StatusAccepted {
		t.Errorf("answered %d", status)
	}
	if !until(other, "event: status") {
		t.Error("the stream of another token ended")
	}
}

func TestWakingWithoutASignatureIsSteering(t *testing.T) {
	folder, address := t.TempDir(), freeAddress(t)
	run(t, tokenFile(t, address, folder, "reader roles: [read]", "mine roles: [steer], bots: [a]", "all roles: [steer]"))
	for path, want := range map[string][3]int{
		"/wake?relay=a": {403, 204, 204},
		"/wake?relay=b": {403, 403, 404},
		"/wake":         {403, 403, 204},
		"/wake?relay=":  {403, 403, 204},
	} {
		for i, name := range []string{"reader", "mine", "all"} {
			if status := intrude(t, address).ask(path, with(name)); status != want[i] {
				t.Errorf("%s by %s is answered %d, want %d", path, name, status, want[i])
			}
		}
	}
}

func TestProfilesAreForAdmins(t *testing.T) {
	folder, address := t.TempDir(), freeAddress(t)
	file := tokenFile(t, address, folder, "all roles: [admin]", "some roles: [read, act, steer, metrics]")
	run(t, strings.Replace(file, "http: {", "http: {pprof: true, ", 1))
	for name, want := range map[string]int{"all": http.StatusOK, "some": http.StatusForbidden} {
		for _, path := range []string{"/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/goroutine"} {
			if status := intrude(t, address).ask(path, with(name)); status != want {
				t.Errorf("%s by %s is answered %d, want %d", path, name, status, want)
			}
		}
	}
}

func TestTheMetricsTellOfWrongTokens(t *testing.T) {
	r := run(t, doorFile("listen: '127.0.0.1:0', token: {env: SECRET}"))
	r.get("/v1/bots", "Authorization", "Bearer "+secret) // so that this address is looked at later on
	for range 12 {
		r.get("/v1/bots", "Authorization", "Bearer wrong")
	}
	r.get("/v1/bots")
	text := metrics(r)
	for reason, want := range map[string]int{"unknown_token": 10, "rate_limited": 2, "missing_token": 1, "role": 0} {
		if line := fmt.Sprintf("hermod_http_refused_requests_total{reason=%q} %d\n", reason, want); !strings.Contains(text, line) {
			t.Errorf("no %s", line)
		}
	}
}
