package clustered_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hermod/cluster"
	"hermod/cmd/hermod/internal/clustered"
)

// desired is a bot whose secret is a file of the node's.
func desired(name string) cluster.Desired {
	return cluster.Desired{Revision: 1, JSON: fmt.Sprintf(`{"name":%q,"url":"ws://127.0.0.1:1","gateway_id":"g",`+
		`"secret":{"file":"%s.secret"},"identities":[{"platform":"discord"}],"deliver":{"stream":{}}}`, name, name)}
}

func write(t *testing.T, folder, file, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func newHost(folder string) (*clustered.Host, *bytes.Buffer) {
	log := new(bytes.Buffer)
	return clustered.New(clustered.Options{Folder: folder, Logger: slog.New(slog.NewTextHandler(log, nil))}), log
}

func TestASecretThatAppearsLaterIsNoticed(t *testing.T) {
	folder := t.TempDir()
	h, log := newHost(folder)
	bots := map[string]cluster.Desired{"a": desired("a"), "b": desired("b")}
	for range 3 {
		if lacks := h.Lacks(bots); !slices.Equal(lacks, []string{"a", "b"}) {
			t.Errorf("without secrets it lacks %q", lacks)
		}
	}
	if n := strings.Count(log.String(), "cannot run on this node"); n != 2 {
		t.Errorf("the log says so %d times", n)
	}
	write(t, folder, "b.secret", "s")
	if lacks := h.Lacks(bots); !slices.Equal(lacks, []string{"a"}) || !strings.Contains(log.String(), "by now") {
		t.Errorf("with b.secret it lacks %q, and says\n%s", lacks, log)
	}
}

func TestANodeThatLacksThousandsLooksAtAFewAtATimeAndAtEachInTurn(t *testing.T) {
	folder := t.TempDir()
	h, _ := newHost(folder)
	const many = 450
	bots := make(map[string]cluster.Desired)
	for i := range many {
		name := fmt.Sprintf("bot-%03d", i)
		bots[name] = desired(name)
	}
	h.Lacks(bots)
	for name := range bots {
		write(t, folder, name+".secret", "s")
	}
	for i, want := range []int{250, 50, 0} {
		if lacks := h.Lacks(bots); len(lacks) != want {
			t.Errorf("at look %d it lacks %d, want %d", i, len(lacks), want)
		}
	}
}

func TestASecretThatChangesIsTakenOverIfItCanBeUsed(t *testing.T) {
	folder := t.TempDir()
	h, log := newHost(folder)
	write(t, folder, "a.secret", "old")
	h.Start(cluster.Grant{Bot: "a", Epoch: 1, Desired: desired("a")})
	for _, step := range []struct{ file, want string }{{"old", "old"}, {"new", "new"}, {" ", "new"}, {"newest", "newest"}} {
		write(t, folder, "a.secret", step.file)
		bots, files := h.Owned()
		if len(bots) != 1 || bots[0].Secret.Reveal().Reveal() != step.want || len(files) != 1 {
			t.Errorf("with %q in the file: %d bots, %d files", step.file, len(bots), len(files))
		}
		again, now := h.Owned()
		if again[0] != bots[0] || now[filepath.Join(folder, "a.secret")] != files[filepath.Join(folder, "a.secret")] {
			t.Errorf("with %q in the file: it changes for ever", step.file)
		}
	}
	if !strings.Contains(log.String(), "runs on with what they held") {
		t.Errorf("the log is\n%s", log)
	}
}
