package workload

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pin keeps all present and future threads of the process on the CPUs.
func pin(cpus []int) error {
	if len(cpus) == 0 {
		return nil
	}
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	runtime.GOMAXPROCS(len(cpus))
	for range 2 { // a thread that was born meanwhile has its parent's set, old or new
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("pin to CPUs %v: %w", cpus, err)
		}
		for _, thread := range threads {
			id, err := strconv.Atoi(thread.Name())
			if err != nil {
				continue
			}
			if err := unix.SchedSetaffinity(id, &set); err != nil && err != unix.ESRCH {
				return fmt.Errorf("pin to CPUs %v: %w", cpus, err)
			}
		}
	}
	return nil
}

// cpuTime is what the process used so far, user and system.
func cpuTime() time.Duration {
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// endWithParent has the kernel end a process with this one, however this one ends.
func endWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// systemCalls are the kernel's counts of the process's reads and writes.
func systemCalls() (reads, writes float64, ok bool) {
	fields, err := procFields("/proc/self/io")
	reads, hasReads := fields["syscr"]
	writes, hasWrites := fields["syscw"]
	return reads, writes, err == nil && hasReads && hasWrites
}

// residentBytes is a process's RSS, exact to the page.
func residentBytes(pid int) (float64, bool) {
	fields, err := procFields(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	rss, ok := fields["Rss"]
	return rss * 1024, err == nil && ok
}

// procFields reads the lines "name: number ..." of a file in /proc.
func procFields(name string) (map[string]float64, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	fields := map[string]float64{}
	for lines := bufio.NewScanner(bytes.NewReader(content)); lines.Scan(); {
		key, value, _ := bytes.Cut(lines.Bytes(), []byte{':'})
		if words := bytes.Fields(value); len(words) > 0 {
			if number, err := strconv.ParseFloat(string(words[0]), 64); err == nil {
				fields[string(key)] = number
			}
		}
	}
	return fields, nil
}
