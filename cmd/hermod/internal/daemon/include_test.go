package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnIncludedFileThatComesChangesOrGoesIsNoticed(t *testing.T) {
	t.Parallel() // it waits for real time
	c := serveConnector(t, names(0, 3)...)
	head, _, _ := strings.Cut(fileOf(c, 0, 1, 0), "bots:\n")
	of := func(i int) string { return strings.SplitAfterN(fileOf(c, i, i+1, 0), "deliver: {stream: {}}}\n", 2)[1] }
	r := run(t, fileOf(c, 0, 1, 0))
	folder := filepath.Join(filepath.Dir(r.path), "bots")
	must(t, os.Mkdir(folder, 0o700))
	r.write(head + "include: bots/*.yaml\n" + of(0))
	r.await(names(0, 1), connected)
	r.awaitReport(func(*report) bool {
		_, watched := r.current.Load().Files[filepath.Join(folder, "*.yaml")]
		return watched
	})
	file := filepath.Join(folder, "more.yaml")
	must(t, os.WriteFile(file, []byte(of(1)), 0o600))
	r.await(names(1, 2), connected)
	must(t, os.WriteFile(file+".new", []byte(of(2)), 0o600))
	must(t, os.Rename(file+".new", file))
	r.await(names(2, 3), connected)
	must(t, os.Remove(file))
	r.awaitReport(func(*report) bool { return len(r.fleet.Bots()) == 1 })
	must(t, os.WriteFile(file, []byte("bots: ["), 0o600))
	r.awaitReport(func(now *report) bool { return strings.Contains(now.ConfigError, "more.yaml:1:7") })
	if len(r.fleet.Bots()) != 1 {
		t.Error("a broken file changed something")
	}
	must(t, os.WriteFile(file, []byte(of(1)), 0o600))
	r.await(names(1, 2), connected)
}
