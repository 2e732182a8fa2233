package suite

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"hermod/bench/workload"
)

// execute runs one command line in this process; its workers are this test binary.
func execute(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	var out, errs bytes.Buffer
	cmd := NewCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

func TestTheGoalsAreTheLastLines(t *testing.T) {
	stdout, _, err := execute(t, "--smoke", "--no-baselines")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	last := lines[len(lines)-len(goals):]
	for i, g := range goals {
		if !strings.HasPrefix(last[i], "goal "+g.id+": ") {
			t.Errorf("line %d from the end is %q, want goal %s", len(goals)-i, last[i], g.id)
		}
	}
	// Both sides of a comparison are 1.7 apart in the test's workers; a figure compared with itself is 1.
	for _, want := range []string{"goal outbound1-p50-vs-gobwas-mutex: 0.588 (want <= 1.1) ok", "goal hang-others: 1.000 (want >= 0.95) ok",
		"goal inbound-vs-inline: 0.769 (want >= 1.7) SHORT", "goal inbound-vs-python: not measured (--no-baselines)"} {
		if !strings.Contains(stdout, want+"\n") {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

func TestARowThatFailsIsTheProgramsFailureAndIsReported(t *testing.T) {
	t.Setenv(behaviour, "gobwas-mutex:crash")
	out := filepath.Join(t.TempDir(), "report")
	stdout, _, err := execute(t, "--smoke", "--no-baselines", "--rows", "^outbound-64/", "--out", out)
	if !errors.Is(err, ErrRowFailed) {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{"outbound-64/gobwas-mutex failed: ", "out of ideas", "not measured (outbound-64/gobwas-mutex failed)"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	r, err := readReport(filepath.Join(out, "results.json"))
	if err != nil || len(r.Rows) != 3 || !strings.Contains(r.Rows[2].Failure, "out of ideas") {
		t.Errorf("error %v, rows %+v", err, r)
	}
}

func TestFlagsThatMakeNoSenseAreUsageErrors(t *testing.T) {
	for args, want := range map[string]string{
		"--runs 0":                  "--runs",
		"--seconds 0":               "--seconds",
		"--rows ^nothing$":          "matches no row",
		"--rows (":                  "--rows",
		"--compare /does/not/exist": "--compare",
	} {
		_, _, err := execute(t, strings.Fields(args)...)
		if usage := new(UsageError); !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want a usage error that says %q", args, err, want)
		}
	}
}

func TestAPartOfTheTableIsWrittenOnlyWhereAsked(t *testing.T) {
	for _, args := range [][]string{{"--smoke"}, {"--quick"}, {"--rows", "^hang/"}, {"--no-baselines"}} {
		if folder := parsed(t, args...).folder(); folder != "" {
			t.Errorf("%v: written to %s", args, folder)
		}
	}
	if folder := parsed(t, "--quick", "--out", "here").folder(); folder != "here" {
		t.Errorf("--out here is written to %q", folder)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if folder := parsed(t).folder(); folder != filepath.Join(root, "bench", "results") {
		t.Errorf("the whole table is written to %q", folder)
	}
	t.Chdir(t.TempDir())
	if folder := parsed(t).folder(); folder != "hermod-bench" {
		t.Errorf("outside a checkout it is written to %q", folder)
	}
}

func parsed(t *testing.T, args ...string) options {
	t.Helper()
	var o options
	cmd := newCommand(&o)
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestChangesAreShownAgainstAnEarlierReport(t *testing.T) {
	out := t.TempDir()
	args := []string{"--smoke", "--no-baselines", "--runs", "2", "--rows", "^outbound-64/", "--out", out}
	if _, _, err := execute(t, args...); err != nil {
		t.Fatal(err)
	}
	stdout, _, err := execute(t, append(args, "--compare", filepath.Join(out, "results.json"))...)
	if err != nil || !strings.Contains(stdout, "p=1.000 n=2") {
		t.Errorf("error %v, output\n%s", err, stdout)
	}
}

func TestAnInterruptEndsTheWorkersAndWritesNothing(t *testing.T) {
	out, pids := filepath.Join(t.TempDir(), "report"), t.TempDir()
	cmd := exec.Command(os.Args[0], "--smoke", "--no-baselines", "--rows", "^inbound-420/(hermod|inline)$", "--out", out)
	cmd.Env = append(os.Environ(), asProgram+"=1", behaviour+"=inline:hang", pidFolder+"="+pids)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitForPid(t, pids, workload.Inline)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
	}
	err = cmd.Wait()
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(text.String(), "nothing was written") {
		t.Errorf("error %v, stderr %q", err, text.String())
	}
	if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the report is there (%v)", err)
	}
	entries, err := os.ReadDir(pids)
	if err != nil || len(entries) < 4 {
		t.Fatalf("%d workers ran, error %v", len(entries), err)
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(filepath.Ext(entry.Name())[1:])
		if err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			t.Errorf("%s still runs (error %v)", entry.Name(), err)
		}
	}
}
