package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// What is added to packages of the standard library.
var (
	//go:embed record.go.txt
	recorder string
	//go:embed slog.go.txt
	slogWatch string
	//go:embed os.go.txt
	osWatch string
	//go:embed http.go.txt
	httpWatch string
)

// insertion is a statement that is put behind a line of the source.
type insertion struct{ file, behind, statement string }

// insertions are where things are shown, and where secrets come into use. {GOROOT} is that of the toolchain; other
// paths are of this module.
var insertions = []insertion{
	{"{GOROOT}/src/log/slog/logger.go", "func (l *Logger) log(ctx context.Context, level Level, msg string, args ...any) {",
		"watch(level, msg, args...)"},
	{"{GOROOT}/src/log/slog/logger.go", "func (l *Logger) logAttrs(ctx context.Context, level Level, msg string, attrs ...Attr) {",
		"watchAttrs(level, msg, attrs)"},
	{"{GOROOT}/src/log/slog/logger.go", "func (l *Logger) With(args ...any) *Logger {", `watch(0, "with", args...)`},
	{"{GOROOT}/src/log/slog/logger.go", "func (w *handlerWriter) Write(buf []byte) (int, error) {", "watch(0, string(buf))"},
	{"{GOROOT}/src/fmt/errors.go", "\ts := string(p.buf)", `os.Watch("error", s)`},
	{"{GOROOT}/src/os/exec.go", "func StartProcess(name string, argv []string, attr *ProcAttr) (*Process, error) {",
		"watchProcess(argv, attr)"},
	{"{GOROOT}/src/os/file.go", "func (f *File) Write(b []byte) (n int, err error) {", "if f != nil { watchOutput(f, b) }"},
	{"{GOROOT}/src/os/file.go", "func (f *File) Read(b []byte) (n int, err error) {", "defer func() { watchPipe(f, b, n) }()"},
	{"{GOROOT}/src/os/file.go", "func OpenFile(name string, flag int, perm FileMode) (*File, error) {",
		`if flag&O_CREATE != 0 { testlog.Record("file name", name) }`},
	{"{GOROOT}/src/os/file.go", "func Mkdir(name string, perm FileMode) error {", `testlog.Record("file name", name)`},
	{"{GOROOT}/src/os/file.go", "func Rename(oldpath, newpath string) error {", `testlog.Record("file name", newpath)`},
	{"{GOROOT}/src/net/http/server.go", "func (w *response) write(lenData int, dataB []byte, dataS string) (n int, err error) {",
		"w.watch(dataB, dataS)"},
	{"{GOROOT}/src/net/http/server.go", "\tw.wroteHeader = true\n\tw.status = code", "w.watchHeader()"},
	{"{GOROOT}/src/net/http/httptest/recorder.go", "func (rw *ResponseRecorder) Write(buf []byte) (int, error) {",
		`os.Watch("answer", string(buf))`},
	{"{GOROOT}/src/net/http/httptest/recorder.go", "func (rw *ResponseRecorder) WriteString(str string) (int, error) {",
		`os.Watch("answer", str)`},
	{"{GOROOT}/src/crypto/hmac/hmac.go", "func New(h func() hash.Hash, key []byte) hash.Hash {", `os.Watch("secret", string(key))`},
	{"wire/secret.go", "func (s Secret) Reveal() string {", `os.Watch("secret", string(s))`},
	{"cluster/registry/store.go", "func Open(cfg Config) (*Store, error) {", `os.Watch("secret", cfg.Password)`},
}

// imports are what the insertions need, by file.
var imports = map[string]string{
	"{GOROOT}/src/fmt/errors.go":                 "os",
	"{GOROOT}/src/crypto/hmac/hmac.go":           "os",
	"{GOROOT}/src/net/http/httptest/recorder.go": "os",
	"wire/secret.go":                             "os",
	"cluster/registry/store.go":                  "os",
}

// overlay writes changed sources into a folder, as text so that nothing takes them for this module's own, and the list
// of them that go build reads. The paths are always the same, so the build cache knows the packages again.
func overlay(folder, goroot, recording string) (list string, err error) {
	replaced := map[string]string{}
	put := func(source, text string) error {
		name := strings.NewReplacer("/", "_", ".go", ".txt").Replace(strings.TrimPrefix(source, goroot))
		copied := filepath.Join(folder, name)
		replaced[source] = copied
		return os.WriteFile(copied, []byte(text), 0o600)
	}
	changed := map[string]string{}
	for _, i := range insertions {
		source, err := filepath.Abs(strings.ReplaceAll(i.file, "{GOROOT}", goroot))
		if err != nil {
			return "", err
		}
		if _, begun := changed[source]; !begun {
			if changed[source], err = original(source, imports[i.file]); err != nil {
				return "", err
			}
		}
		if changed[source], err = i.into(changed[source]); err != nil {
			return "", err
		}
	}
	changed[goroot+"/src/internal/testlog/record.go"] = strings.ReplaceAll(recorder, "RECORDING", recording)
	changed[goroot+"/src/log/slog/watch.go"] = slogWatch
	changed[goroot+"/src/os/watch.go"] = osWatch
	changed[goroot+"/src/net/http/watch.go"] = httpWatch
	for source, text := range changed {
		if err := put(source, text); err != nil {
			return "", err
		}
	}
	content, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", err
	}
	list = filepath.Join(folder, "overlay.json")
	return list, os.WriteFile(list, content, 0o600)
}

// original is a source, with an import more if one is needed.
func original(source, imported string) (string, error) {
	content, err := os.ReadFile(source)
	if err != nil || imported == "" {
		return string(content), err
	}
	return strings.Replace(string(content), "import (\n", fmt.Sprintf("import (\n\t%q\n", imported), 1), nil
}

// into puts the statement on the line that it stands behind, so that the numbers of lines stay as they are.
func (i insertion) into(source string) (string, error) {
	if strings.Count(source, i.behind) != 1 {
		return "", fmt.Errorf("%s does not have %q exactly once: this toolchain needs another insertion", i.file, i.behind)
	}
	separator := "; "
	if strings.HasSuffix(i.behind, "{") {
		separator = " "
	}
	return strings.Replace(source, i.behind, i.behind+separator+i.statement+"; ", 1), nil
}
