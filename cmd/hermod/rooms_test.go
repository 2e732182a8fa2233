package main_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// room begins a room's description in CONTRIBUTING.md.
var room = regexp.MustCompile("`([a-z]+)`[:.]")

func TestTheRoomsOfTheCommandAreDrawnAsTheyImportEachOther(t *testing.T) {
	_, section, _ := strings.Cut(read(t, root+"CONTRIBUTING.md"), "\n### The rooms of the command\n")
	section, _, _ = strings.Cut(section, "\n##")
	var drawn []string
	for _, m := range room.FindAllStringSubmatch(section, -1) {
		drawn = append(drawn, m[1])
	}
	rooms, err := os.ReadDir("internal")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rooms {
		place := slices.Index(drawn, r.Name())
		if place < 0 {
			t.Errorf("CONTRIBUTING.md does not draw %s", r.Name())
		}
		for _, imported := range importsOf(t, r.Name()) {
			if slices.Contains(drawn[:max(place, 0)], imported) {
				t.Errorf("%s imports %s, which CONTRIBUTING.md draws above it", r.Name(), imported)
			}
		}
	}
	if len(drawn) != len(rooms) {
		t.Errorf("CONTRIBUTING.md draws %q", drawn)
	}
}

// importsOf are the rooms that a room uses, but for its tests.
func importsOf(t *testing.T, room string) (rooms []string) {
	t.Helper()
	paths, err := filepath.Glob("internal/" + room + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if below, ok := strings.CutPrefix(imported, "hermod/cmd/hermod/internal/"); ok {
				first, _, _ := strings.Cut(below, "/")
				rooms = append(rooms, first)
			}
		}
	}
	return rooms
}
