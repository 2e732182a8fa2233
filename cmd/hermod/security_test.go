package main_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	namedTest    = regexp.MustCompile("`(Test\\w+)`")
	declaredTest = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

func TestEveryPromiseOfTheThreatModelIsHeldByATestThatExists(t *testing.T) {
	declared := make(map[string]bool)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "node_modules"}, entry.Name()):
			return filepath.SkipDir
		case strings.HasSuffix(path, "_test.go"):
			for _, m := range declaredTest.FindAllStringSubmatch(read(t, path), -1) {
				declared[m[1]] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	page := read(t, root+"SECURITY.md")
	for _, m := range namedTest.FindAllStringSubmatch(page, -1) {
		if !declared[m[1]] {
			t.Errorf("SECURITY.md names %s, which is no test", m[1])
		}
	}
	rows := 0
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| attack") || strings.HasPrefix(line, "| what happens") || strings.HasPrefix(line, "| ---") {
			continue
		}
		rows++
		if !namedTest.MatchString(line) {
			t.Errorf("no test holds %s", line)
		}
	}
	if rows < 30 {
		t.Errorf("the threat model has %d lines", rows)
	}
}
