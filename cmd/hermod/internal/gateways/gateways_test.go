package gateways_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/gateways"
	"hermod/wire"
)

// write makes a folder with the list and the secrets new and old, and returns the list's path.
func write(t *testing.T, list string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{"list": list, "new": "canary-new\n", "old": "canary-old\n", "blank": " \n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "list")
}

func TestAListHasTheSecretsOfEachGateway(t *testing.T) {
	path := write(t, "# the shop\n\na new old\r\n  team:b#1\told\n")
	got, err := gateways.Read(path)
	want := map[string][]wire.Secret{"a": {"canary-new", "canary-old"}, "team:b#1": {"canary-old"}}
	if err != nil || !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("read %d gateways, %v", len(got), err)
	}
}

func TestMistakesAreReportedAtOnceWithTheirLines(t *testing.T) {
	path := write(t, "a new\nb\nc canary-inline\na old\nd blank\n")
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "open"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := gateways.Read(path)
	if err == nil {
		t.Fatal("there is no error")
	}
	for _, want := range []string{
		`:2: gateway "b" has no secret file; write its path`,
		`:3: gateway "c": reading the secret file: no such file or directory; name a file`,
		`:4: gateway "a" is on line 1 already; put all its secret files on one line`,
		`:5: gateway "d": the secret file holds only white space; write the secret`,
	} {
		if !strings.Contains(err.Error(), path+want) {
			t.Errorf("no %s in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("the error shows what may be a secret:\n%v", err)
	}
}

func TestAListThatCannotBeUsedSaysWhatToDo(t *testing.T) {
	for list, want := range map[string]string{
		"# nothing\n":                   "names no gateway; write a line for each",
		strings.Repeat("x", 100<<10):    "at most 65536 bytes",
		"a new\n" + "\xff\xfe " + "old": "",
	} {
		_, err := gateways.Read(write(t, list))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v", list, err)
		}
	}
	if _, err := gateways.Read(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "ID SECRET_FILE") {
		t.Errorf("a list that is not there: %v", err)
	}
	open := write(t, "a new\n")
	if err := os.Chmod(open, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := gateways.Read(open); err == nil || !strings.Contains(err.Error(), "chmod o-w") {
		t.Errorf("a list that everybody may write: %v", err)
	}
}
