package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// billTool reads the modules out of a program. It is OWASP's own for Go.
const billTool = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"

// stamp is what a build is known by.
type stamp struct {
	version  string
	commit   string
	modified bool
	time     time.Time // of the commit; the time of everything in an archive
}

// stampOf asks git, or takes the version that is given.
func stampOf(version string) (stamp, error) {
	s := stamp{version: version, time: time.Unix(0, 0)}
	described, err := git("log", "-1", "--format=%H %ct")
	if err != nil {
		if version == "" {
			return s, errors.New("this is no git repository, so the version is unknown; give it with -version")
		}
		return s, nil
	}
	commit, seconds, _ := strings.Cut(described, " ")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return s, fmt.Errorf("the time of commit %s: %w", commit, err)
	}
	changes, err := git("status", "--porcelain")
	if err != nil {
		return s, err
	}
	s.commit, s.time, s.modified = commit, time.Unix(unix, 0), changes != ""
	if s.version == "" {
		s.version = s.fromTag()
	}
	return s, nil
}

// fromTag is the tag of the commit, or the version that Go gives to a commit without one.
func (s stamp) fromTag() string {
	version, err := git("describe", "--tags", "--exact-match", "--match", "v[0-9]*")
	if err != nil {
		version = "v0.0.0-" + s.time.UTC().Format("20060102150405") + "-" + s.commit[:12]
	}
	if s.modified {
		version += "+dirty"
	}
	return version
}

func git(args ...string) (string, error) {
	output, err := exec.Command("git", args...).Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(output)), nil
}

// name is what the files for a system begin with.
func (s stamp) name(target string) string {
	return "hermod_" + s.version + "_" + strings.ReplaceAll(target, "/", "_")
}

// build makes the program. The stamp is passed by hand: what the Go tool records of a repository, it does not record in
// a worktree.
func (s stamp) build(program, goos, goarch string) error {
	stamps := fmt.Sprintf("-s -w -X main.version=%s -X main.commit=%s -X main.modified=%t", s.version, s.commit, s.modified)
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", stamps, "-o", program, "./cmd/hermod")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+goos, "GOARCH="+goarch, "GOAMD64=v1", "GOARM64=v8.0")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// notices writes the licences of what is in the program, which they ask to be passed on with it.
func notices(path, target string) error {
	cmd := exec.Command("go", "-C", ".ci/licences", "run", ".", "-notices", path, "-target", target)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("collecting the licences: %w\n%s", err, said)
	}
	return nil
}

// bill writes the program's bill of materials.
func (s stamp) bill(path, program string) error {
	cmd := exec.Command("go", "run", billTool, "bin", "-json", "-licenses", "-std", "-noserial", "-notimestamp",
		"-version", s.version, "-output", path, program)
	cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath") // the bill has the tool's own checksum
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("making the bill of materials: %w\n%s", err, said)
	}
	return nil
}
