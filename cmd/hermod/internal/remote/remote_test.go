package remote_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/remote"
	"hermod/wire"
)

const token = wire.Secret("the-token-of-the-tests")

// connect makes a client of a server that answers with a handler.
func connect(t *testing.T, serve http.HandlerFunc) *remote.Daemon {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	daemon, err := remote.Connect(remote.Options{Daemon: cli.Endpoint{URL: server.URL}, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	return daemon
}

func TestARefusalSaysWhatToDoAndHasAnExitCode(t *testing.T) {
	kinds := map[string]struct {
		serve http.HandlerFunc
		code  int
		want  []string
	}{
		"no token": {problem.New(http.StatusUnauthorized, "no-token", "No token", "was not shown", "send the header").ServeHTTP,
			remote.ExitRefused, []string{"--token-file", "HERMOD_TOKEN"}},
		"not allowed": {problem.New(http.StatusForbidden, "not-loopback", "Not local", "the name is not localhost", "use localhost").ServeHTTP,
			remote.ExitRefused, []string{"the name is not localhost; use localhost"}},
		"unknown": {problem.New(http.StatusNotFound, "bot-not-found", "No such bot", "no bot of this name", "list them").ServeHTTP,
			remote.ExitUnknown, []string{"no bot of this name; list them"}},
		"starting": {problem.New(http.StatusServiceUnavailable, "starting", "Starting", "it starts", "try again").ServeHTTP,
			cli.ExitFailure, []string{"it starts; try again"}},
		"another server": {http.NotFound, remote.ExitUnreachable, []string{"no hermod daemon", "404"}},
		"another page":   {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, remote.ExitUnreachable, []string{"no hermod daemon"}},
		"an answer that is cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			fmt.Fprint(w, "{")
		},
			remote.ExitUnreachable, []string{"does not answer"}},
	}
	for name, kind := range kinds {
		_, err := remote.Read[client.Bot](connect(t, kind.serve).GetBot(context.Background(), "a"))
		if code := cli.ExitCode(err, true); err == nil || code != kind.code {
			t.Errorf("%s: %v, exit code %d", name, err, code)
			continue
		}
		for _, want := range kind.want {
			if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), token.Reveal()) {
				t.Errorf("%s: %q does not say %q", name, err, want)
			}
		}
	}
}

func TestADaemonThatIsNotThereIsUnreachable(t *testing.T) {
	daemon, err := remote.Connect(remote.Options{Daemon: cli.Endpoint{URL: "http://127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = daemon.Bots(context.Background())
	if cli.ExitCode(err, true) != remote.ExitUnreachable || !strings.Contains(err.Error(), "hermod run") {
		t.Errorf("got %v", err)
	}
}

func TestTheTokenFollowsNoRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the redirect was followed, with %q", r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	shown := ""
	daemon := connect(t, func(w http.ResponseWriter, r *http.Request) {
		shown = r.Header.Get("Authorization")
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	_, err := remote.Read[client.Daemon](daemon.GetDaemon(context.Background()))
	if cli.ExitCode(err, true) != remote.ExitUnreachable || shown != "Bearer "+token.Reveal() {
		t.Errorf("%v; the daemon was shown %q", err, shown)
	}
}

func TestURLsThatNameNoDaemonAreUsageErrors(t *testing.T) {
	for _, url := range []string{"", "127.0.0.1:8470", "ftp://x", "http://", "http://user:pass@host", "http://a b"} {
		_, err := remote.Connect(remote.Options{Daemon: cli.Endpoint{URL: url}})
		if cli.ExitCode(err, true) != cli.ExitUsage || !strings.Contains(err.Error(), "--url") || strings.Contains(err.Error(), "pass") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestBotsAreReadPageByPage(t *testing.T) {
	daemon := connect(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cursor") == "" {
			fmt.Fprint(w, `{"bots":[{"name":"a"}],"next":"a"}`)
			return
		}
		fmt.Fprint(w, `{"bots":[{"name":"b"}]}`)
	})
	bots, err := daemon.Bots(context.Background())
	if err != nil || len(bots) != 2 || bots[1].Name != "b" {
		t.Errorf("got %v, %v", bots, err)
	}
}

func TestNamesAndPatternsChooseBotsOnce(t *testing.T) {
	all := []client.Bot{{Name: "alerts"}, {Name: "eu-1"}, {Name: "eu-2"}, {Name: "support"}}
	for args, want := range map[string]string{"support": "support", "eu-*": "eu-1 eu-2", "eu-? eu-1 alerts": "alerts eu-1 eu-2",
		"*": "alerts eu-1 eu-2 support", "[as]*": "alerts support"} {
		chosen, err := remote.Choose(all, strings.Fields(args))
		var names []string
		for _, bot := range chosen {
			names = append(names, bot.Name)
		}
		if got := strings.Join(names, " "); got != want || err != nil {
			t.Errorf("%s: %s, %v, want %s", args, got, err, want)
		}
	}
	for arg, want := range map[string]string{"suport": "did you mean support?", "nobody-like-this": "hermod status", "us-*": "hermod status"} {
		_, err := remote.Choose(all, []string{"alerts", arg})
		if cli.ExitCode(err, true) != remote.ExitUnknown || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", arg, err)
		}
	}
	if _, err := remote.Choose(all, []string{"eu-["}); cli.ExitCode(err, true) != cli.ExitUsage {
		t.Errorf("a broken pattern: %v", err)
	}
}
