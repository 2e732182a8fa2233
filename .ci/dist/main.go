// Command dist builds the release archives of hermod into a folder: for each system a .tar.gz or a .zip, a bill of
// materials of the program in it (CycloneDX), and SHA256SUMS of all of them.
//
//	go run ./.ci/dist [-out FOLDER] [-only OS/ARCH] [-version VERSION]
//
// What it makes depends on nothing but the commit and the Go version: paths are trimmed, cgo is off, the archives are
// sorted and have the commit's time. A tree without git needs -version, and has no commit.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// targets are the systems that there is an archive for.
var targets = []string{
	"darwin/amd64", "darwin/arm64", "linux/amd64", "linux/arm64", "windows/amd64", "windows/arm64",
}

// companions go with the program.
var companions = []string{
	"CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "UPGRADING.md", "examples/hermod.service", "examples/hermod.yaml",
}

func main() {
	out := flag.String("out", "dist", "`FOLDER` to make; what is in it is removed")
	only := flag.String("only", "", "build for this `OS/ARCH` alone")
	version := flag.String("version", "", "`VERSION` to stamp (default: from the tag or the commit)")
	flag.Parse()
	if err := run(*out, *only, *version); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func run(out, only, version string) error {
	chosen := targets
	if only != "" {
		if chosen = []string{only}; !slices.Contains(targets, only) {
			return fmt.Errorf("-only %s is none of %s", only, strings.Join(targets, ", "))
		}
	}
	s, err := stampOf(version)
	if err != nil {
		return err
	}
	if err := clear(out); err != nil {
		return err
	}
	for _, target := range chosen {
		if err := s.release(out, target); err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
		fmt.Println(s.name(target))
	}
	return sum(out)
}

// clear makes the folder empty, unless it has something that no earlier run made.
func clear(out string) error {
	entries, err := os.ReadDir(out)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	for _, entry := range entries {
		if name := entry.Name(); name != sums && !strings.HasPrefix(name, "hermod_") {
			return fmt.Errorf("%s has %s, which is not of this program; name another folder", out, name)
		}
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	return os.MkdirAll(out, 0o755)
}

// release makes the archive and the bill of materials for one system.
func (s stamp) release(out, target string) error {
	folder, err := os.MkdirTemp("", "hermod-dist-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	goos, goarch, _ := strings.Cut(target, "/")
	program := filepath.Join(folder, "hermod")
	if goos == "windows" {
		program += ".exe"
	}
	if err := s.build(program, goos, goarch); err != nil {
		return err
	}
	licences := filepath.Join(folder, "THIRD-PARTY-LICENCES.txt")
	if err := notices(licences, target); err != nil {
		return err
	}
	billed := make(chan error, 1)
	go func() { billed <- s.bill(filepath.Join(out, s.name(target)+".cdx.json"), program) }()
	files := []file{
		{name: filepath.Base(program), path: program, executable: true},
		{name: filepath.Base(licences), path: licences},
	}
	for _, path := range companions {
		files = append(files, file{name: path, path: path})
	}
	return errors.Join(s.pack(out, target, files), <-billed)
}
