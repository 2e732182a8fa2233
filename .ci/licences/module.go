package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// root is the checkout, from here.
const root = "../.."

// module is one that packages come from.
type module struct {
	Path, Version, Dir string
	Main               bool
}

// modulesOf returns the modules that go list -deps names for a system and the arguments, by path.
func modulesOf(target string, args ...string) ([]module, error) {
	args = append([]string{"list", "-deps", "-f", `{{with .Module}}{"Path":{{printf "%q" .Path}},"Version":{{printf "%q" .Version}},` +
		`"Dir":{{printf "%q" .Dir}},"Main":{{.Main}}}{{end}}`}, args...)
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	goos, goarch, _ := strings.Cut(target, "/")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	byPath := make(map[string]module)
	for line := range strings.Lines(string(output)) {
		var m module
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			return nil, fmt.Errorf("go list printed %q: %w", line, err)
		}
		if !m.Main {
			byPath[m.Path] = m
		}
	}
	modules := make([]module, 0, len(byPath))
	for _, m := range byPath {
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return modules, nil
}

// goItself has the standard library, which is part of every program.
func goItself() module {
	folder, _ := exec.Command("go", "env", "GOROOT").Output()
	return module{Path: "The Go programming language", Version: runtime.Version(), Dir: strings.TrimSpace(string(folder))}
}

// text is a file of a licence, or of notices that belong to one.
type text struct {
	name    string
	content []byte
}

var legal = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)`)

// texts are those in the module's folder.
func (m module) texts() (texts []text, err error) {
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Path, err)
	}
	for _, entry := range entries {
		if entry.IsDir() || !legal.MatchString(entry.Name()) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(m.Dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, text{entry.Name(), content})
	}
	return texts, nil
}

// namesOf are the licences that the texts are, by their SPDX names.
func namesOf(texts []text) (names []string) {
	for _, t := range texts {
		for _, match := range licensecheck.Scan(t.content).Match {
			if !slices.Contains(names, match.ID) && !match.IsURL {
				names = append(names, match.ID)
			}
		}
	}
	return names
}
