package daemon

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire"
)

func TestTheEnrolmentTokenIsNotSpentWhileCredentialsCannotBeKept(t *testing.T) {
	c, state := serveTenant(t), t.TempDir()
	obstacle := filepath.Join(state, "credentials")
	must(t, os.Symlink("nowhere", obstacle)) // where a folder has to be
	r := run(t, fmt.Sprintf(bootFile, c.URL(), "http://w", state))
	r.await([]string{"a"}, func(s fleet.Status) bool {
		return s.State == actors.Failed && strings.Contains(s.Hint, "the token was not spent")
	})
	must(t, os.Remove(obstacle))
	b, _ := r.fleet.Bot("a")
	b.Reconnect()
	r.await([]string{"a"}, connected)
}

// obstruct keeps a bot's credentials from being saved, whoever tries.
func obstruct(t *testing.T, k keeper, bot string) (clear func()) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Join(k.path(bot), "in the way"), 0o700))
	return func() { must(t, os.RemoveAll(k.path(bot))) }
}

func TestABotRunsOnCredentialsThatCannotBeSaved(t *testing.T) {
	c, front, k := serveTenant(t), newFront(t), keeper{t.TempDir()}
	var clear func()
	front.before = func(r *http.Request) {
		if r.URL.Path == wire.EnrollPath {
			clear = obstruct(t, k, "a") // the folder was fine when it was tried
		}
	}
	front.open(c.Addr())
	r := run(t, fmt.Sprintf(bootFile, front.URL, "http://w", k.folder))
	r.await([]string{"a"}, connected)
	b, _ := r.fleet.Bot("a")
	b.Reconnect() // on what is in memory
	r.await([]string{"a"}, func(s fleet.Status) bool { return connected(s) && s.Starts == 2 })
	clear()
	r.vault.saveAgain()
	found, err := k.load(botAt(front.URL, "g1"), slog.New(slog.DiscardHandler))
	if err != nil || found.Secret == "" || found.EnrolledWith == "" {
		t.Errorf("saved %v, %v", found.GatewayID, err)
	}
}

func TestCredentialsAreSavedAsSoonAsThatCanBe(t *testing.T) {
	k, bot := keeper{t.TempDir()}, botAt("ws://a", "g1")
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		v := newVault(slog.New(slog.NewTextHandler(&log, nil)))
		clear := obstruct(t, k, "a")
		v.save(k, "a", kept{URL: "ws://a", GatewayID: "g1", Secret: "issued"})
		time.Sleep(3 * saveInterval)
		synctest.Wait()
		if found, err := v.load(k, bot); err != nil || found.Secret != "issued" {
			t.Errorf("meanwhile %q, %v", found.Secret, err)
		}
		if other, err := v.load(k, botAt("ws://b", "g1")); err != nil || other.Secret != "" {
			t.Errorf("another connector's bot got %q, %v", other.Secret, err)
		}
		clear()
		time.Sleep(saveInterval)
		synctest.Wait()
		if found, err := k.load(bot, v.log); err != nil || found.Secret != "issued" {
			t.Errorf("saved %q, %v", found.Secret, err)
		}
		v.close()
		if text := log.String(); strings.Contains(text, "are lost") || strings.Contains(text, "issued;") {
			t.Errorf("the log says %s", text)
		}
	})
}

func TestAnOlderSecretNeverReplacesANewerOne(t *testing.T) {
	k, bot := keeper{t.TempDir()}, botAt("ws://a", "g1")
	synctest.Test(t, func(t *testing.T) {
		v := newVault(slog.New(slog.DiscardHandler))
		clear := obstruct(t, k, "a")
		v.save(k, "a", kept{URL: "ws://a", GatewayID: "g1", Secret: "old"})
		clear()
		v.save(k, "a", kept{URL: "ws://a", GatewayID: "g1", Secret: "new"})
		time.Sleep(3 * saveInterval)
		synctest.Wait()
		v.close()
		if found, err := k.load(bot, v.log); err != nil || found.Secret != "new" {
			t.Errorf("kept %q, %v", found.Secret, err)
		}
	})
}

func TestCredentialsThatCouldNotBeSavedAreReportedAtTheEnd(t *testing.T) {
	k := keeper{t.TempDir()}
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		v := newVault(slog.New(slog.NewTextHandler(&log, nil)))
		obstruct(t, k, "a")
		v.save(k, "a", kept{URL: "ws://a", GatewayID: "g1", Secret: "canary"})
		v.close()
		if text := log.String(); !strings.Contains(text, "are lost") || strings.Contains(text, "canary") {
			t.Errorf("the log says %s", text)
		}
	})
}

func TestCredentialsThatOthersMayUseAreClosedToThemOrRefused(t *testing.T) {
	for _, tt := range []struct {
		file, folder os.FileMode
		trusted      bool
		warned       bool
	}{
		{0o600, 0o700, true, false},
		{0o400, 0o755, true, false},
		{0o644, 0o700, true, true},
		{0o640, 0o700, true, true},
		{0o620, 0o700, false, false},
		{0o602, 0o700, false, false},
		{0o600, 0o770, false, false},
		{0o600, 0o707, false, false},
	} {
		t.Run(fmt.Sprintf("%o in %o", tt.file, tt.folder), func(t *testing.T) {
			k, log := keeper{t.TempDir()}, new(strings.Builder)
			must(t, k.save("a", kept{URL: "ws://a", GatewayID: "g1", Secret: "canary"}))
			must(t, os.Chmod(k.path("a"), tt.file))
			must(t, os.Chmod(filepath.Dir(k.path("a")), tt.folder))
			found, err := k.load(botAt("ws://a", "g1"), slog.New(slog.NewTextHandler(log, nil)))
			if (err == nil) != tt.trusted || (found.Secret == "canary") != tt.trusted {
				t.Errorf("loaded %q, %v", found.Secret, err)
			}
			if strings.Contains(log.String(), "could read") != tt.warned || strings.Contains(log.String(), "canary") {
				t.Errorf("the log says %q", log)
			}
			info, err := os.Stat(k.path("a"))
			must(t, err)
			if tt.trusted && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("the file has mode %v", info.Mode())
			}
		})
	}
}

func TestAStateFolderIsTriedWithoutLeavingATrace(t *testing.T) {
	folder := t.TempDir()
	if err := CheckState(filepath.Join(folder, "not", "there")); err != nil {
		t.Errorf("a folder that can be made: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(folder, "file"), nil, 0o600))
	if err := CheckState(filepath.Join(folder, "file", "below")); err == nil {
		t.Error("a folder below a file passed")
	}
	must(t, os.Symlink("nowhere", filepath.Join(folder, "credentials")))
	if err := CheckState(folder); err == nil {
		t.Error("a link to nowhere passed")
	}
	left, err := os.ReadDir(folder)
	must(t, err)
	if len(left) != 2 {
		t.Errorf("it left %v", left)
	}
}
