package observe_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var levels = []string{"Debug", "Info", "Warn", "Error"}

// synonyms are keys that another one says already.
var synonyms = map[string]string{"error": "err", "generation": "gen", "bot_name": "bot", "close_code": "code", "session_key": "session", "attempts": "attempt"}

var snakeCase = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// Whoever searches the log has to know one word for one thing.
func TestTheLogsKeysAreLiteralAndTheSameEverywhere(t *testing.T) {
	found := 0
	for _, root := range []string{"../../../../actors", "../../../../cmd/hermod/internal"} {
		must(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			must(t, err)
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && logs(call) {
					found++
					checkKeys(t, path, call.Args)
				}
				return true
			})
			return nil
		}))
	}
	if found < 40 {
		t.Errorf("only %d lines of log were found in the source", found)
	}
}

// logs says whether a call is one of a logger's methods.
func logs(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains(levels, method.Sel.Name) || len(call.Args) == 0 {
		return false
	}
	from := method.X
	if call, ok := from.(*ast.CallExpr); ok { // a logger that is made when needed
		from = call.Fun
	}
	switch of := from.(type) {
	case *ast.Ident:
		return of.Name == "log"
	case *ast.SelectorExpr:
		return of.Sel.Name == "log" || of.Sel.Name == "Logger"
	}
	return false
}

func checkKeys(t *testing.T, path string, args []ast.Expr) {
	t.Helper()
	for i := 1; i < len(args); i++ {
		key := args[i]
		if attr, ok := key.(*ast.CallExpr); ok { // slog.String and its like
			key = attr.Args[0]
		} else {
			i++ // the value
		}
		literal, ok := key.(*ast.BasicLit)
		if !ok {
			t.Errorf("%s: a key of the log is no literal", path)
			continue
		}
		name, err := strconv.Unquote(literal.Value)
		if err != nil || !snakeCase.MatchString(name) {
			t.Errorf("%s: the key %s is not in snake case", path, literal.Value)
		}
		if better := synonyms[name]; better != "" {
			t.Errorf("%s: the key %s is called %s elsewhere", path, name, better)
		}
	}
}
