package main

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/terminal"
)

// outcome is what became of one bot or dead letter; --json prints a list of them.
type outcome struct {
	ID    string `json:"id,omitempty"` // of a dead letter
	Bot   string `json:"bot,omitempty"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`

	err error // nil for one that was left as it was
}

// conclude fills in how it ended.
func (o *outcome) conclude(err error) {
	if o.OK, o.err = err == nil, err; err != nil {
		o.Error = err.Error()
	}
}

// confirm asks at a terminal whether it is meant to do this, as "disable 3 bots"; elsewhere nobody could answer. list
// stands above the question, if there is one.
func confirm(cmd *cobra.Command, this, list string) error {
	in, isFile := cmd.InOrStdin().(*os.File)
	if !isFile || !term.IsTerminal(int(in.Fd())) {
		return cli.UsageError("this would %s; give --yes if that is meant", this)
	}
	if list != "" {
		fmt.Fprintln(cmd.ErrOrStderr(), list)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s? [y/N] ", strings.ToUpper(this[:1])+this[1:])
	answer, _ := bufio.NewReader(in).ReadString('\n')
	if word := strings.ToLower(strings.TrimSpace(answer)); word != "y" && word != "yes" {
		return &cli.ExitError{Code: cli.ExitFailure, Err: fmt.Errorf("nothing was done")}
	}
	return nil
}

// reportOutcomes tells of each; those that were left as they were it counts. noun is what one is, done what became of
// it, and failed what did not. The exit code is that of the first failure.
func reportOutcomes(cmd *cobra.Command, asJSON bool, all []outcome, noun, done, failed string) error {
	undone, first := 0, error(nil)
	for _, o := range all {
		if !o.OK {
			undone++
		}
		if first == nil {
			first = o.err
		}
		name := terminal.Printable(cmp.Or(o.ID, o.Bot))
		switch {
		case asJSON:
		case o.OK:
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", name, done)
		case o.err != nil:
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", name, terminal.Printable(o.Error))
		}
	}
	if asJSON {
		if err := printJSON(cmd, append([]outcome{}, all...)); err != nil { // none are [], not null
			return err
		}
	}
	if undone == 0 {
		return nil
	}
	return &cli.ExitError{Code: cli.ExitCode(first, true),
		Err: fmt.Errorf("%d of %s could not be %s", undone, cli.Count(len(all), noun), failed)}
}
