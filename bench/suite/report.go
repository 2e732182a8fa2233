package suite

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"hermod/bench/workload"
)

// Report is one run of the program: everything that was measured, and what is needed to judge it. It is the content of
// results.json.
type Report struct {
	Version  int // of this format
	Started  time.Time
	Seconds  float64 // how long the program took
	Command  string
	Commit   string // of the source, with "(modified)" where it was; "unknown" outside a checkout
	Machine  Machine
	Rounds   int // runs of each row, but for those with Rounds of their own
	Rows     []RowReport
	LeftOut  []LeftOut `json:",omitempty"` // rows that could not run here
	Outcomes []Outcome
}

// formatVersion changes when older programs cannot read the format any more.
const formatVersion = 1

// RowReport is a row with its runs, in the order in which they ran.
type RowReport struct {
	Row
	Runs    []Run
	Failure string `json:",omitempty"` // why a run failed; the row ended there
}

// Run is what the two processes of one run measured.
type Run struct {
	Client  workload.Result
	Peer    workload.Result
	Seconds float64 // from the start of the first process to the end of the last
}

// LeftOut is a row that this machine cannot run.
type LeftOut struct{ Row, Why string }

// values of a metric, one for each run that has it.
func (r RowReport) values(metric string) []float64 {
	var values []float64
	for _, run := range r.Runs {
		if v, ok := run.Client.Metrics[metric]; ok {
			values = append(values, v)
		}
	}
	return values
}

// summary of a metric, and whether the row has it.
func (r RowReport) summary(metric string) (Summary, bool) {
	values := r.values(metric)
	if len(values) == 0 {
		return Summary{}, false
	}
	return summarize(values), true
}

// failed says whether a row did not come to its end.
func (r *Report) failed() bool {
	for _, row := range r.Rows {
		if row.Failure != "" {
			return true
		}
	}
	return false
}

func (r *Report) row(id string) (RowReport, bool) {
	for _, row := range r.Rows {
		if row.ID == id {
			return row, true
		}
	}
	return RowReport{}, false
}

func (r *Report) encode() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", " ")
	return append(text, '\n'), err
}

// readReport reads the results.json of an earlier run.
func readReport(path string) (*Report, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the report to compare with: %w", err)
	}
	r := new(Report)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("reading the report to compare with, %s: %w", path, err)
	}
	if r.Version != formatVersion {
		return nil, fmt.Errorf("%s has format %d, and this program reads %d: measure again with the older commit", path, r.Version, formatVersion)
	}
	return r, nil
}
