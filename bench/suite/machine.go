package suite

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// Machine is where a report was measured.
type Machine struct {
	OS, Arch string
	Kernel   string `json:",omitempty"`
	CPU      string `json:",omitempty"`
	Cores    int
	Memory   float64 `json:",omitempty"` // bytes
	Load     float64 // the load average over one minute when the program started
	Go       string
	Settings map[string]string `json:",omitempty"` // of the Go runtime, from the environment
}

// thisMachine describes the machine as far as it is known; only Linux tells everything.
func thisMachine() Machine {
	m := Machine{OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version()}
	m.CPU = valueOf("/proc/cpuinfo", "model name")
	if kib, err := strconv.ParseFloat(strings.TrimSuffix(valueOf("/proc/meminfo", "MemTotal"), " kB"), 64); err == nil {
		m.Memory = kib * 1024
	}
	m.Kernel = firstField("/proc/sys/kernel/osrelease")
	m.Load, _ = strconv.ParseFloat(firstField("/proc/loadavg"), 64)
	for _, name := range settingNames {
		if value := os.Getenv(name); value != "" {
			if m.Settings == nil {
				m.Settings = make(map[string]string)
			}
			m.Settings[name] = value
		}
	}
	return m
}

// valueOf reads the first "name : value" of a file.
func valueOf(path, name string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func firstField(path string) string {
	text, _ := os.ReadFile(path)
	if fields := strings.Fields(string(text)); len(fields) > 0 {
		return fields[0]
	}
	return ""
}

// checkout is the folder of Hermod's source that holds the working folder; "" if none does.
func checkout() string {
	folder, err := os.Getwd()
	for err == nil {
		text, _ := os.ReadFile(filepath.Join(folder, "go.mod"))
		if strings.HasPrefix(string(text), "module hermod\n") {
			return folder
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			break
		}
		folder = parent
	}
	return ""
}

// commit of the source in folder, or of this program where there is no folder.
func commit(folder string) string {
	if folder != "" {
		if head, err := exec.Command("git", "-C", folder, "rev-parse", "HEAD").Output(); err == nil {
			changes, err := exec.Command("git", "-C", folder, "status", "--porcelain").Output()
			return strings.TrimSpace(string(head)) + modified(err == nil && len(changes) > 0)
		}
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	settings := make(map[string]string)
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["vcs.revision"] == "" {
		return "unknown"
	}
	return settings["vcs.revision"] + modified(settings["vcs.modified"] == "true")
}

func modified(is bool) string {
	if is {
		return " (modified)"
	}
	return ""
}

// settingNames are the variables that change how a Go program runs.
var settingNames = []string{"GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GODEBUG", "GOEXPERIMENT"}

// busyLoad is the load average above which the figures are less reliable.
const busyLoad = 0.5
