package budget

import (
	"math"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
)

// asPrinter makes the test binary print its limits.
const asPrinter = "HERMOD_TEST_PRINT_LIMITS"

func TestMain(m *testing.M) {
	if os.Getenv(asPrinter) != "" {
		l, err := Read()
		if err != nil {
			os.Exit(3)
		}
		_, _ = os.Stdout.WriteString(strconv.Itoa(l.Files) + " " + string(l.Source) + " " + strconv.FormatInt(l.Memory, 10))
		return
	}
	os.Exit(m.Run())
}

// limitsUnder are what a process has that a shell starts after these commands.
func limitsUnder(t *testing.T, commands string, env ...string) string {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", commands+` exec "$0"`, os.Args[0])
	cmd.Env = append(append(os.Environ(), asPrinter+"=1"), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", commands, err)
	}
	return string(out)
}

func TestTheHardLimitOfOpenFilesCounts(t *testing.T) {
	got := limitsUnder(t, "ulimit -Sn 100; ulimit -Hn 200;")
	if files, _, _ := strings.Cut(got, " "); files != "200" && files != "199" { // the runtime stays one below
		t.Errorf("the limits are %s", got)
	}
}

func TestAGivenMemoryLimitGoesBeforeTheCgroups(t *testing.T) {
	if got := limitsUnder(t, "", "GOMEMLIMIT=512MiB"); !strings.HasSuffix(got, " GOMEMLIMIT 536870912") {
		t.Errorf("the limits are %s", got)
	}
}

func TestTheRuntimeKeepsToItsPartOfTheCgroup(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	for source, want := range map[Source]int64{FromCgroup: 2 * gib / 10 * 9, FromGo: before, FromNobody: before} {
		debug.SetMemoryLimit(before)
		Make(Limits{Files: 1024, Memory: 2 * gib, Source: source}, Demand{}, 1).Enforce()
		if got := debug.SetMemoryLimit(-1); got != want {
			t.Errorf("%s: the runtime's limit is %d, want %d", source, got, want)
		}
	}
	if NoMemoryLimit != math.MaxInt64 {
		t.Error("the runtime means something else by no limit")
	}
}
