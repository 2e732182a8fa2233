package daemon

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"hermod/cmd/hermod/internal/fleet"
)

// awaitReport waits until the account is as wanted.
func (r *running) awaitReport(wanted func(*report) bool) {
	r.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !wanted(r.health.report.Load()) {
		select {
		case <-look.C:
		case <-limit.C:
			r.t.Fatalf("the account is %+v", r.health.report.Load())
		}
	}
}

func TestReadinessWaitsUntilEveryEnabledBotWasTried(t *testing.T) {
	c := serveConnector(t, botName(0))
	r := run(t, fileOf(c, 0, 2, 0)) // the connector does not know the second
	r.awaitReport(func(now *report) bool { return now.Ready })
	if status, body := r.get("/readyz"); status != http.StatusOK || body != `{"ready":true,"untried":0,"stopping":false}`+"\n" {
		t.Errorf("answered %d %s", status, body)
	}
	if status, body := r.get("/healthz"); status != http.StatusOK || !strings.Contains(body, "alive") {
		t.Errorf("answered %d %s", status, body)
	}
}

func TestTheAccountCountsThoseThatWereTriedBeforeTheyWereExpected(t *testing.T) {
	retrying := fleet.Event{Bot: "a"}
	retrying.Status.PlatformState = "retrying"
	failed := retrying
	failed.Status.LastError = "refused"
	a := newAccount()
	a.note(retrying)
	if a.report().Ready {
		t.Error("ready before the configuration was applied")
	}
	a.expect([]string{"a"})
	if now := a.report(); now.Ready || now.Untried != 1 {
		t.Errorf("account is %+v", now)
	}
	a.note(failed)
	a.note(retrying)
	if now := a.report(); !now.Ready || now.Bots["retrying"] != 1 {
		t.Errorf("account is %+v", now)
	}
	a.note(fleet.Event{Bot: "a", Removed: true})
	if now := a.report(); len(now.Bots) != 0 {
		t.Errorf("account is %+v", now)
	}
	early := newAccount()
	early.note(failed)
	early.expect([]string{"a"})
	if !early.report().Ready {
		t.Error("not ready although every bot was tried")
	}
	early.stopping = true
	if early.report().Ready {
		t.Error("ready while it ends")
	}
}

func TestTheServerAsksForItsTokenAndTakesANewOneAtAReload(t *testing.T) {
	c := serveConnector(t, botName(0))
	file := strings.Replace(fileOf(c, 0, 1, 0), "listen: '127.0.0.1:0'", "listen: '127.0.0.1:0', token: {file: token}", 1)
	dir := t.TempDir()
	must(t, os.WriteFile(dir+"/token", []byte("one\n"), 0o600))
	r := run(t, strings.Replace(file, "file: token", "file: "+dir+"/token", 1))
	if status, body := r.get("/v1"); status != http.StatusUnauthorized || !strings.Contains(body, "http.token") {
		t.Errorf("answered %d %s", status, body)
	}
	if status, _ := r.get("/v1", "Authorization", "Bearer one"); status != http.StatusNotFound {
		t.Errorf("answered %d", status)
	}
	if status, _ := r.get("/healthz"); status != http.StatusOK {
		t.Errorf("answered %d", status)
	}
	before := r.current.Load()
	must(t, os.WriteFile(dir+"/token", []byte("two\n"), 0o600))
	r.awaitReport(func(*report) bool { return r.current.Load() != before })
	if status, _ := r.get("/v1", "Authorization", "Bearer one"); status != http.StatusUnauthorized {
		t.Errorf("answered %d to the old token", status)
	}
	if status, _ := r.get("/v1", "Authorization", "bearer two"); status != http.StatusNotFound {
		t.Errorf("answered %d to the new token", status)
	}
}

func TestWithoutATokenOnlyThisMachineIsServed(t *testing.T) {
	c := serveConnector(t, botName(0))
	r := run(t, fileOf(c, 0, 1, 0))
	for host, want := range map[string]int{"evil.example": http.StatusForbidden, "localhost": http.StatusOK, "[::1]:80": http.StatusOK} {
		if status, _ := r.get("/healthz", "Host", host); status != want {
			t.Errorf("answered %d to %s", status, host)
		}
	}
}
