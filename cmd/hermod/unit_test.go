//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// unit returns the values of a setting of the example's systemd unit.
func unit(t *testing.T, setting string) (values []string) {
	t.Helper()
	text, err := os.ReadFile("../../examples/hermod.service")
	must(t, err)
	for _, m := range regexp.MustCompile(`(?m)^`+setting+`=(.*)$`).FindAllStringSubmatch(string(text), -1) {
		values = append(values, strings.Fields(m[1])...)
	}
	return values
}

func TestTheUnitDoesNotStartAWrongConfigurationAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hermod.yaml")
	must(t, os.WriteFile(path, []byte("bots: 1\n"), 0o600))
	code, _, _ := runHermod(t, "", "run", "--config", path)
	if prevents := unit(t, "RestartPreventExitStatus"); !slices.Contains(prevents, strconv.Itoa(code)) {
		t.Errorf("exit code %d is none of %v", code, prevents)
	}
	if before := unit(t, "ExecStartPre"); len(before) > 0 {
		t.Errorf("that does not hold for %v", before)
	}
}

func TestTheUnitStartsADaemonThatCrashedAgain(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Dir = t.TempDir() // where a core file would go
	cmd.Env = append(append(os.Environ(), asOther+"=panic"), unit(t, "Environment")...)
	_, err := cmd.CombinedOutput()
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if err == nil || !status.Signaled() {
		t.Errorf("a crash ends with %v, which the unit takes for a wrong configuration", cmd.ProcessState)
	}
}

func TestTheUnitLetsSubprocessesCompileAsTheyRun(t *testing.T) {
	if slices.Contains(unit(t, "MemoryDenyWriteExecute"), "yes") || len(unit(t, "ExecStart")) == 0 {
		t.Error("Node.js cannot run under the unit")
	}
}
