package daemon

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/config"
)

// Nothing but the API may notice the file here, so the folder is not watched.
func (r *running) writeUnseen(file string) {
	r.t.Helper()
	r.files.follow(nil)
	r.write(file)
}

func TestADryRunSaysWhatAReloadDoesAndTouchesNothing(t *testing.T) {
	c := serveConnector(t, names(0, 4)...)
	r := run(t, fileOf(c, 0, 3, 0))
	r.await(names(0, 3), connected)
	before := r.current.Load()
	r.writeUnseen("state: other\nlog: {format: json}\n" + fileOf(c, 1, 4, 2))
	dry, err := r.askReload(context.Background(), true)
	must(t, err)
	if !dry.DryRun || r.current.Load() != before || len(r.fleet.Bots()) != 3 {
		t.Errorf("the dry run is %+v and left %d bots", dry, len(r.fleet.Bots()))
	}
	done, err := r.askReload(context.Background(), false)
	must(t, err)
	want := api.Reload{Restart: []string{"log.format", "state"}, Notes: []string{}, Changes: config.Changes{Added: names(3, 4),
		Removed: names(0, 1), Changed: []config.BotChange{{Bot: botName(1), Keys: []string{"limits.tries"}}}, Unchanged: 1,
		Settings: []string{"log.format", "state"}}}
	if !reflect.DeepEqual(done, want) {
		t.Errorf("changed %+v, want %+v", done, want)
	}
	if want.DryRun = true; !reflect.DeepEqual(dry, want) {
		t.Errorf("the dry run said %+v, want %+v", dry, want)
	}
	r.await(names(1, 4), connected)
	r.writeUnseen("bots: [")
	for _, dryRun := range []bool{true, false} {
		_, err = r.askReload(context.Background(), dryRun)
		if invalid := new(config.InvalidError); !errors.As(err, &invalid) || len(r.fleet.Bots()) < 3 {
			t.Errorf("of a broken file: %v", err)
		}
	}
}

func TestAReloadThatMovesTheServerIsStillAnswered(t *testing.T) {
	c := serveConnector(t, names(0, 1)...)
	r := run(t, fileOf(c, 0, 1, 0))
	r.await(names(0, 1), connected)
	token := r.path + ".token"
	must(t, os.WriteFile(token, []byte("a token of this test 0123456789"), 0o600))
	r.writeUnseen(strings.Replace(fileOf(c, 0, 1, 0), "127.0.0.1:0'", "127.0.0.1:0', token: {file: hermod.yaml.token}", 1))
	request, err := http.NewRequest(http.MethodPost, "http://"+r.servers.main.addr()+"/v1/reload", nil)
	must(t, err)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	response, err := client.Do(request)
	must(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), `"settings":["http.auth","http.token"]`) {
		t.Errorf("the reload was answered with %d %s, %v", response.StatusCode, body, err)
	}
	r.awaitReport(func(*report) bool {
		status, _ := r.get("/v1/bots")
		return status == http.StatusUnauthorized
	})
}
