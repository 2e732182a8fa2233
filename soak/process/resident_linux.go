package process

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// ResidentOf returns that of a running process.
func ResidentOf(pid int) (r Resident, err error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return r, fmt.Errorf("read the memory of a process: %w", err)
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		var kib float64
		if _, err := fmt.Sscanf(value, "%f kB", &kib); err != nil {
			continue
		}
		switch name {
		case "RssAnon", "RssShmem":
			r.Own += kib * 1024
		case "RssFile":
			r.Files = kib * 1024
		}
	}
	return r, nil
}
