package main_test

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../../"

// What a newcomer pastes is the same as what the tests run.
func TestTheManualsShowTheCodeThatTheTestsRun(t *testing.T) {
	for _, shown := range []struct{ page, file string }{
		{"cmd/hermod/internal/pipe/README.md", "examples/pipe.py"},
		{"cmd/hermod/internal/pipe/README.md", "examples/pipe.mjs"},
		{"cmd/hermod/internal/api/README.md", "examples/receiver.py"},
	} {
		text := read(t, root+shown.file)
		if !strings.Contains(read(t, root+shown.page), text) {
			t.Errorf("%s does not show %s as it is", shown.page, shown.file)
		}
		if lines := strings.Count(text, "\n"); lines > 25 {
			t.Errorf("%s has %d lines", shown.file, lines)
		}
	}
	_, embedding, _ := strings.Cut(read(t, root+"README.md"), "```go\n")
	embedding, _, _ = strings.Cut(embedding, "```")
	if lines := strings.Count(embedding, "\n"); lines == 0 || lines > 15 {
		t.Errorf("the README's embedding has %d lines", lines)
	}
	example := strings.ReplaceAll(read(t, root+"actors/example_test.go"), "\t", "")
	if !strings.Contains(example, strings.ReplaceAll(embedding, "\t", "")) {
		t.Error("the README's embedding is not the Example of package actors")
	}
}

func TestTheReadmeIsNoManual(t *testing.T) {
	if lines := strings.Count(read(t, root+"README.md"), "\n"); lines > 170 {
		t.Errorf("the README has %d lines; details belong beside the code that they are about", lines)
	}
}

var (
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

func TestEveryLinkBetweenThePagesLeadsSomewhere(t *testing.T) {
	found := 0
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(read(t, page), ""), -1) {
			target, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if target.IsAbs() {
				continue
			}
			found++
			file := page
			if target.Path != "" {
				file = filepath.Join(filepath.Dir(page), target.Path)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %v", page, err)
			} else if target.Fragment != "" && !hasHeading(read(t, file), target.Fragment) {
				t.Errorf("%s: %s has no heading #%s", page, file, target.Fragment)
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d links were found", found)
	}
}

// pages are the Markdown files of the project.
func pages(t *testing.T) []string {
	t.Helper()
	var pages []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "node_modules", "testdata"}, entry.Name()):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".md"):
			pages = append(pages, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// hasHeading knows headings by the names that viewers give them.
func hasHeading(page, fragment string) bool {
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case strings.ContainsRune("`:,.!?()'/’“”", r):
				return -1
			}
			return r
		}, strings.ToLower(m[1]))
		if name == fragment {
			return true
		}
	}
	return false
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
