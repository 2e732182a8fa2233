package planted

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"hermod/faults/internal/campaign"
)

// errUnfound says that the lab did not see a fault.
var errUnfound = errors.New("planted faults were not found")

// errNoSuch says that there is nothing to plant, which would look like a success.
var errNoSuch = errors.New("no fault has a name like")

// errStale says that a fault cannot be planted any more.
var errStale = errors.New("the source has changed: correct the fault in internal/planted/faults.go")

// schedules are how many may be played until a fault is found.
const schedules = 200

// apply returns the file with the fault in it.
func (f *Fault) apply(source string) (string, error) {
	if count := strings.Count(source, f.Old); count != 1 {
		return "", fmt.Errorf("%s: %q stands in %s %d times: %w", f.Name, f.Old, f.File, count, errStale)
	}
	return strings.Replace(source, f.Old, f.New, 1), nil
}

// replace has the edited file take the place of its own in what is built.
func (f *Fault) replace(o *campaign.Options) error {
	path, err := filepath.Abs(filepath.Join(campaign.Product, f.File))
	if err != nil {
		return err
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	edited, err := f.apply(string(source))
	if err != nil {
		return err
	}
	copied := filepath.Join(o.Work, "planted.go")
	o.Replaced = maps.Clone(o.Replaced)
	o.Replaced[path] = copied
	return os.WriteFile(copied, []byte(edited), 0o600)
}

// build builds the programs with the fault in them.
func (f *Fault) build(o *campaign.Options) error {
	if err := f.replace(o); err != nil {
		return err
	}
	o.Hermod = filepath.Join(o.Work, "planted-hermod")
	if err := o.Build(campaign.Product, o.Hermod, "./cmd/hermod"); err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	if strings.HasPrefix(f.File, "cmd/") {
		return nil
	}
	o.Players = filepath.Join(o.Work, "planted-players")
	return o.Build(campaign.Lab, o.Players, ".")
}

// Main plants the faults whose names match, one after the other, and prints after how many schedules each was found.
func Main(ctx context.Context, o campaign.Options, match string, out io.Writer) error {
	chosen, err := regexp.Compile(match)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(Faults, func(f Fault) bool { return chosen.MatchString(f.Name) }) {
		return fmt.Errorf("%w %q; their names are in faults/README.md", errNoSuch, match)
	}
	if err := checkAll(); err != nil {
		return err
	}
	if err := o.Prepare(); err != nil {
		return err
	}
	defer os.RemoveAll(o.Work)
	o.StopAtFirst, o.Progress, o.Schedules = true, nil, schedules
	table := tabwriter.NewWriter(out, 50, 0, 2, ' ', 0)
	unfound := 0
	for _, f := range Faults {
		if !chosen.MatchString(f.Name) {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		with := o
		if err := f.build(&with); err != nil {
			return err
		}
		t := campaign.Run(ctx, with)
		if len(t.Failed) == 0 {
			unfound++
			fmt.Fprintf(table, "%s\tNOT FOUND in %d\t\n", f.Name, t.Schedules)
		} else {
			first := t.Failed[0].Result.Verdict.Violations[0]
			fmt.Fprintf(table, "%s\tafter %d\t%s: %s\n", f.Name, t.FoundAfter, first.Kind, first.Text)
		}
		_ = table.Flush()
	}
	if unfound > 0 {
		return fmt.Errorf("%d %w", unfound, errUnfound)
	}
	return nil
}

// checkAll sees that every fault can be planted, before hours are spent on the first ones.
func checkAll() error {
	var errs []error
	for _, f := range Faults {
		source, err := os.ReadFile(filepath.Join(campaign.Product, f.File))
		if err == nil {
			_, err = f.apply(string(source))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
