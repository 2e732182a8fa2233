package campaign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hermod/faults/internal/judge"
	"hermod/faults/internal/schedule"
)

// keep writes what is needed to understand a failure and to play it again, and returns the folder.
func (f *Failed) keep(keep string) (string, error) {
	folder, err := filepath.Abs(filepath.Join(keep, fmt.Sprintf("seed-%d", f.Schedule.Seed)))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	files := map[string][]byte{}
	for name, value := range map[string]any{"schedule.json": f.Schedule, "verdict.json": f.Result.Verdict} {
		files[name], _ = json.MarshalIndent(value, "", "  ")
	}
	var lines bytes.Buffer
	for _, e := range f.Result.Facts.Entries {
		line, _ := json.Marshal(e)
		lines.Write(append(line, '\n'))
	}
	files["journals.ndjson"] = lines.Bytes()
	for name, text := range f.Result.Logs {
		files[name+".log"] = []byte(text)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// shrinkPlays and shrinkTime bound the plays for one schedule. Each may be repeated once: what is random in the
// processes may let a schedule pass that fails as a rule.
const (
	shrinkPlays = 60
	shrinkTime  = 2 * time.Minute
)

// shrink plays smaller schedules until none of them fails any more.
func (f *Failed) shrink(o Options) schedule.Schedule {
	k := &worker{name: "shrinking", options: o}
	defer k.stop()
	kinds, end := f.kinds(), time.Now().Add(shrinkTime)
	return schedule.Shrink(f.Schedule, shrinkPlays, func(s schedule.Schedule) bool {
		for range 2 {
			if time.Now().After(end) {
				return false
			}
			again := Failed{s, k.play(s)}
			if slices.ContainsFunc(again.kinds(), func(kind string) bool { return slices.Contains(kinds, kind) }) {
				return true
			}
		}
		return false
	})
}

func (f *Failed) kinds() (kinds []string) {
	for _, v := range f.Result.Verdict.Violations {
		kinds = append(kinds, v.Kind)
	}
	return kinds
}

// report prints a failure and keeps it.
func (f *Failed) report(o Options, out io.Writer) error {
	fmt.Fprintf(out, "\nseed %d broke promises:\n", f.Schedule.Seed)
	for i, v := range f.Result.Verdict.Violations {
		if i == 10 {
			fmt.Fprintf(out, "  … and %d more\n", len(f.Result.Verdict.Violations)-i)
			break
		}
		fmt.Fprintf(out, "  %-9s %s\n", v.Kind, v.Text)
	}
	printFaults(out, f.Schedule)
	folder, err := f.keep(o.Keep)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  kept in %s; play it again with: make faults REPLAY=%s/schedule.json\n", folder, folder)
	return nil
}

// reportShrunk shrinks a failure that was kept, and prints what is left.
func (f *Failed) reportShrunk(o Options, out io.Writer) error {
	shrunk := f.shrink(o)
	text, _ := json.MarshalIndent(shrunk, "", "  ")
	path := filepath.Join(o.Keep, fmt.Sprintf("seed-%d", f.Schedule.Seed), "shrunk.json")
	fmt.Fprintf(out, "\nseed %d, shrunk from %d steps to %d, in %s:\n", f.Schedule.Seed, len(f.Schedule.Steps),
		len(shrunk.Steps), path)
	for _, s := range shrunk.Steps {
		fmt.Fprintln(out, "   ", s)
	}
	return os.WriteFile(path, text, 0o600)
}

func printFaults(out io.Writer, s schedule.Schedule) {
	for _, step := range s.Steps {
		if step.IsFault() {
			fmt.Fprintln(out, "  ", step)
		}
	}
}

// replay plays a schedule of a file until it fails, at most so many times.
func replay(o Options, path string, out io.Writer) (failed bool, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	var s schedule.Schedule
	if err := json.Unmarshal(text, &s); err != nil {
		return false, fmt.Errorf("%s is no schedule: %w", path, err)
	}
	k := &worker{name: "replay", options: o}
	defer k.stop()
	for n := range o.Schedules {
		f := Failed{s, k.play(s)}
		if f.Result.Error != "" {
			f.Result.Verdict.Violations = []judge.Violation{{Kind: judge.Crash, Text: f.Result.Error}}
		}
		if len(f.Result.Verdict.Violations) > 0 {
			fmt.Fprintf(out, "it failed at play %d\n", n+1)
			return true, f.report(o, out)
		}
	}
	fmt.Fprintf(out, "it did not fail in %d plays\n", o.Schedules)
	return false, nil
}
