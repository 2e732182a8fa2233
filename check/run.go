package check

import (
	"context"
	"fmt"
	"path"
	"time"
)

// Suite is the checks of one target. Its methods are not for concurrent use.
type Suite struct {
	checks []Check
	close  func()
}

// Options chooses the checks of a run. The zero value runs all that are neither slow nor destructive.
type Options struct {
	// Only and Skip are patterns of names, as path.Match has them; an empty Only is every check.
	Only, Skip []string
	// Slow and Destructive allow the checks of those kinds; the others are not applicable.
	Slow, Destructive bool
	// Each, if set, gets every result when it is there, in the order of the run.
	Each func(Result)
}

// Validate reports a pattern that is none, or that no check of the suite matches.
func (s *Suite) Validate(o Options) error {
	for _, pattern := range append(append([]string{}, o.Only...), o.Skip...) {
		matched := false
		for _, c := range s.checks {
			ok, err := path.Match(pattern, c.Name)
			if err != nil {
				return fmt.Errorf("the pattern %q: %w; use for example auth.*", pattern, err)
			}
			matched = matched || ok
		}
		if !matched {
			return fmt.Errorf("no check matches %q; see 'hermod check list'", pattern)
		}
	}
	return nil
}

// Run runs the chosen checks one after the other, until ctx ends: the rest is left out then.
func (s *Suite) Run(ctx context.Context, o Options) Report {
	report := Report{Results: []Result{}}
	for _, c := range s.checks {
		if len(o.Only) > 0 && !matches(o.Only, c.Name) || matches(o.Skip, c.Name) {
			continue
		}
		if ctx.Err() != nil {
			break
		}
		result := c.result(ctx, o)
		report.Results = append(report.Results, result)
		if o.Each != nil {
			o.Each(result)
		}
	}
	return report
}

// Close ends what outlives a check: a gateway's session and the goroutine that accepts the next one.
func (s *Suite) Close() {
	if s.close != nil {
		s.close()
	}
}

func matches(patterns []string, name string) bool {
	for _, pattern := range patterns {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}

func (c Check) result(ctx context.Context, o Options) Result {
	result := Result{Name: c.Name, Section: c.Section, Rule: c.Rule, Verdict: NotApplicable}
	switch {
	case c.Slow && !o.Slow:
		result.Reason = "it is slow, and runs with --slow"
	case c.Destructive && !o.Destructive:
		result.Reason = "it changes something that lasts, and runs with --destructive"
	default:
		start := time.Now()
		c.judge(ctx, &result)
		result.Seconds = time.Since(start).Seconds()
	}
	return result
}
