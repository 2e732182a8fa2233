// Command licences looks at the licences of all that Hermod is made of. It prints them by module, and fails if one has
// none, or one that does not go together with passing on the program under Hermod's own.
//
//	go -C .ci/licences run .                    every module of the code and its tests
//	go -C .ci/licences run . -notices FILE -target OS/ARCH
//	                                            write the texts that go with the program
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// accepted are the licences under which a module may be part of Hermod.
var accepted = []string{
	"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0", "ISC", "MIT", "MPL-2.0",
	"GooglePatentsFile", // a grant beside a licence
}

func main() {
	notices := flag.String("notices", "", "write the licences of the program's modules to `FILE`")
	target := flag.String("target", runtime.GOOS+"/"+runtime.GOARCH, "the program's `OS/ARCH`")
	flag.Parse()
	err := check()
	if *notices != "" {
		err = write(*notices, *target)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

// check prints the table of all modules.
func check() error {
	modules, err := modulesOf(runtime.GOOS+"/"+runtime.GOARCH, "-test", "./...")
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	var wrong []string
	for _, m := range modules {
		texts, err := m.texts()
		if err != nil {
			return err
		}
		names := namesOf(texts)
		fmt.Fprintf(table, "%s\t%s\t%s\n", m.Path, m.Version, strings.Join(names, ", "))
		unknown := func(name string) bool { return !slices.Contains(accepted, name) }
		if len(names) == 0 || slices.ContainsFunc(names, unknown) {
			wrong = append(wrong, m.Path)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fmt.Errorf("none of %s, or no licence at all: %s", strings.Join(accepted, ", "), strings.Join(wrong, ", "))
	}
	return nil
}

// write writes what the licences of the program's modules ask to be passed on with it.
func write(path, target string) error {
	modules, err := modulesOf(target, "./cmd/hermod")
	if err != nil {
		return err
	}
	var all bytes.Buffer
	all.WriteString("The program hermod contains these modules, under these licences.\n")
	for _, m := range append(modules, goItself()) {
		texts, err := m.texts()
		if err != nil {
			return err
		}
		if len(texts) == 0 {
			return fmt.Errorf("%s has no licence", m.Path)
		}
		fmt.Fprintf(&all, "\n%s\n%s %s\n", strings.Repeat("=", 80), m.Path, m.Version)
		for _, t := range texts {
			fmt.Fprintf(&all, "\n%s\n", bytes.TrimSpace(t.content))
		}
	}
	return os.WriteFile(path, all.Bytes(), 0o644)
}
