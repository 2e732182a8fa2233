package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The processes of a benchmark are this program again, so it must be one.
func TestBenchRunsRowsInProcessesOfThisProgram(t *testing.T) {
	out := filepath.Join(t.TempDir(), "report")
	cmd := exec.Command(os.Args[0], "bench", "--smoke", "--no-baselines", "--rows", "^outbound-64/(hermod|gobwas-mutex)$", "--out", out)
	cmd.Env = append(os.Environ(), asHermod+"=1", "GORACE=atexit_sleep_ms=0")
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, want := range []string{"hermod bench --no-baselines", "goal outbound64-vs-gobwas-mutex: ", "goal hang-others: not measured (hang/hermod did not run)"} {
		if !strings.Contains(string(output), want) {
			t.Errorf("no %q in\n%s", want, output)
		}
	}
	for _, name := range []string{"results.json", "README.md", "throughput.svg", "latency.svg"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestBenchRefusesFlagsThatMakeNoSense(t *testing.T) {
	for args, want := range map[string]string{
		"bench --runs 0":                  "--runs",
		"bench --seconds 0":               "--seconds",
		"bench --rows ^nothing$":          "matches no row",
		"bench --rows (":                  "--rows",
		"bench --compare /does/not/exist": "--compare",
		"bench --quick --smoke":           "quick",
	} {
		code, stdout, stderr := runHermod(t, "", strings.Fields(args)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("hermod %s: exit code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
}
