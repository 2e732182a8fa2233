package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// It builds the standard library anew, so it is no test of ./... but of make secrets.
func TestEveryPlantedLeakIsFound(t *testing.T) {
	t.Chdir("../..")
	var out strings.Builder
	err := run([]string{"./.ci/secrets/testdata/leaks"}, &out)
	if err == nil || !strings.Contains(err.Error(), "places show a secret") {
		t.Errorf("the error is %v", err)
	}
	source, err := os.ReadFile(".ci/secrets/testdata/leaks/leaks_test.go")
	if err != nil {
		t.Fatal(err)
	}
	mark := regexp.MustCompile(`(?i)\bleak[-_][a-z]+`)
	planted := mark.FindAllString(string(source), -1)
	slices.Sort(planted)
	for _, leak := range slices.Compact(planted) {
		if !strings.Contains(out.String(), leak) {
			t.Errorf("%s was not found", leak)
		}
	}
	if len(planted) < 14 || t.Failed() {
		t.Errorf("%d leaks are planted; found:\n%s", len(planted), out.String())
	}
}

// Texts that no secret is in are no leaks, and what nobody watched is no success.
func TestNothingIsFoundWhereNothingIs(t *testing.T) {
	for name, c := range map[string]struct {
		records []string
		found   int
		fails   bool
	}{
		"clean":             {records: []string{"secret\x1fa.go:1 \x1fcanary-1", "log\x1fa.go:1 \x1fall is well"}},
		"shown":             {records: []string{"secret\x1fa.go:1 \x1fcanary-1", "log\x1fa.go:1 \x1fcanary-1"}, found: 1},
		"shown as base64":   {records: []string{"secret\x1fa.go:1 \x1fcanary-one-two", "log\x1fa.go:1 \x1fY2FuYXJ5LW9uZS10d28="}, found: 1},
		"too short to tell": {records: []string{"secret\x1fa.go:1 \x1fs", "secret\x1fa.go:1 \x1fcanary-1", "log\x1fa.go:1 \x1fits place"}},
		"nothing watched":   {records: []string{"go test\x1f\x1fok"}, fails: true},
		"no secret watched": {records: []string{"log\x1fa.go:1 \x1fall is well"}, fails: true},
	} {
		path := t.TempDir() + "/recording"
		if err := os.WriteFile(path, []byte(strings.Join(c.records, "\x00")+"\x00"), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if found, err := search(path, &out); found != c.found || (err != nil) != c.fails {
			t.Errorf("%s: found %d, %v: %s", name, found, err, fmt.Sprint(&out))
		}
	}
}
