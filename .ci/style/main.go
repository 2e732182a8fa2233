// Command style checks what gofmt and staticcheck leave open in the Go files of this repository:
//
//   - Imports stand in groups: the standard library, third parties, Hermod's own. A blank line stands between two
//     groups and nowhere else.
//   - No line is wider than 120 characters. What stands in quotes does not count, since a text is searched for in one
//     piece, nor do a directive (//go:…), and an example's output that is one word.
//   - Imports run one way, from the command line down to the wire, and so do the uses between the rooms of package
//     actors (floors.go). Tests may look back.
//
// It prints a line for each violation and exits with 1 if there is one. Generated files are left out.
package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxWidth is in characters; a tab is one.
const maxWidth = 120

// below are the folders that a folder may import besides itself. A folder that is not named may import all of them.
var below = map[string][]string{
	"internal":   {},
	"wire":       {"internal"},
	"messages":   {"wire"},
	"supervisor": {"messages", "wire"},
	"actors":     {"supervisor", "messages", "wire"},
	"gateway":    {"supervisor", "messages", "wire"},
	"connector":  {"wire"},
	"check":      {"wire"},
	"cluster":    {"internal"},
}

func main() {
	violations := 0
	report := func(at token.Position, format string, args ...any) {
		violations++
		fmt.Printf("%s:%d: %s\n", at.Filename, at.Line, fmt.Sprintf(format, args...))
	}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		return check(path, report)
	})
	if err = errors.Join(err, checkFloors(report)); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || violations > 0 {
		os.Exit(1)
	}
}

type reporter func(at token.Position, format string, args ...any)

func check(path string, report reporter) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, source, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	if ast.IsGenerated(file) {
		return nil
	}
	checkGroups(files, file, report)
	checkArrows(files, file, report)
	checkWidth(path, source, report)
	return nil
}

func imported(spec *ast.ImportSpec) string { return strings.Trim(spec.Path.Value, `"`) }

// group orders imports: the standard library's paths have no dot in their first element.
func group(path string) int {
	first, _, _ := strings.Cut(path, "/")
	switch {
	case first == "hermod":
		return 2
	case strings.Contains(first, "."):
		return 1
	}
	return 0
}

func checkGroups(files *token.FileSet, file *ast.File, report reporter) {
	for i, spec := range file.Imports[min(1, len(file.Imports)):] {
		last := file.Imports[i]
		before, now := group(imported(last)), group(imported(spec))
		first := spec.Pos()
		if spec.Doc != nil {
			first = spec.Doc.Pos()
		}
		at := files.Position(first)
		apart := at.Line-files.Position(last.End()).Line > 1
		switch {
		case now < before:
			report(at, "imports stand in the order standard library, third parties, hermod")
		case now > before && !apart:
			report(at, "a blank line belongs between two groups of imports")
		case now == before && apart:
			report(at, "no blank line belongs within a group of imports")
		}
	}
}

func checkArrows(files *token.FileSet, file *ast.File, report reporter) {
	name := files.Position(file.Package).Filename
	folder, _, _ := strings.Cut(filepath.ToSlash(name), "/")
	allowed, limited := below[folder]
	if !limited || strings.HasSuffix(name, "_test.go") {
		return
	}
	for _, spec := range file.Imports {
		path, own := strings.CutPrefix(imported(spec), "hermod/")
		target, _, _ := strings.Cut(path, "/")
		if own && target != folder && !slices.Contains(allowed, target) {
			report(files.Position(spec.Pos()), "%s may not import %s", folder, target)
		}
	}
}

func checkWidth(path string, source []byte, report reporter) {
	var widths []int
	for line := range strings.Lines(string(source)) {
		line = strings.TrimRight(line, "\r\n")
		width := utf8.RuneCountInString(line)
		if text, isComment := strings.CutPrefix(line, "\t// "); isComment && !strings.Contains(text, " ") || strings.HasPrefix(line, "//go:") {
			width = 0
		}
		widths = append(widths, width)
	}
	files := token.NewFileSet()
	file := files.AddFile(path, -1, len(source))
	var tokens scanner.Scanner
	tokens.Init(file, source, nil, 0)
	for {
		pos, kind, text := tokens.Scan()
		if kind == token.EOF {
			break
		}
		if kind != token.STRING {
			continue
		}
		line := file.Line(pos)
		for part := range strings.SplitSeq(text, "\n") {
			widths[line-1] -= utf8.RuneCountInString(part)
			line++
		}
	}
	for i, width := range widths {
		if width > maxWidth {
			report(token.Position{Filename: path, Line: i + 1}, "the line is %d characters wide, more than %d", width, maxWidth)
		}
	}
}
