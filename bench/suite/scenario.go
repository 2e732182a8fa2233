package suite

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hermod/bench/workload"
)

// scenario is a load for several clients, which are compared with each other.
type scenario struct {
	id, title string
	headline  string // the metric that says how well a client did
	spec      workload.Spec
	long      bool // relays rest for a minute
	oneCore   bool // the client is pinned to one core and the load generator to another
	clients   []string
}

// slow says whether runs take seconds, no matter how short the measured time is. The rows of Spread are compared with
// each other, so they take part in the same rounds.
func (s scenario) slow() bool {
	switch s.spec.Scenario {
	case workload.Spread, workload.Connect, workload.Idle:
		return true
	}
	return false
}

// Rows that rest for a minute do so side by side. The relays of the next client of a scenario rest for longer, so that
// the client before it is gone when their events come.
const (
	longRounds = 2
	longApart  = 5.0 // seconds
)

// Row is one line of the table: a client under a load.
type Row struct {
	ID       string        // scenario/client
	Scenario string        // the scenario's id; rows of one scenario are compared with each other
	Title    string        // the scenario in words
	Headline string        // the metric that says how well the client did
	Spec     workload.Spec // what the client was asked, but the URL
	PeerCPUs []int         `json:",omitempty"` // cores of the load generator; nil is all
	Long     bool          `json:",omitempty"` // it runs side by side with its neighbours that are long
	Rounds   int           `json:",omitempty"` // how many rounds it takes part in; 0 is all
}

// rounds returns in how many of the given rounds the row takes part.
func (r Row) rounds(all int) int {
	if r.Rounds > 0 {
		return min(r.Rounds, all)
	}
	return all
}

// scale is the size of runs.
type scale struct {
	seconds, warmUp float64
	relays          int     // the most connections of one process; 0 is as many as the row says
	rest            float64 // how long idle and silent relays are left alone; 0 is as the row says
	brief           bool    // without the scenarios that take a minute, and the slow ones last
	slowRounds      int     // rounds of the scenarios that open many connections; 0 is all
}

// rows returns the table for a machine with these cores, with the rows that keep accepts.
func rows(s scale, cores []int, keep func(id string) bool) []Row {
	var table []Row
	for _, sc := range scenarios {
		if s.brief && sc.long {
			continue
		}
		for i, client := range sc.clients {
			row := Row{ID: sc.id + "/" + client, Scenario: sc.id, Title: sc.title, Headline: sc.headline, Spec: sc.spec}
			if !keep(row.ID) {
				continue
			}
			row.Spec.Client = client
			row.Spec.Seconds, row.Spec.WarmUp = s.seconds, s.warmUp
			row.Spec.Relays = max(1, row.Spec.Relays)
			if s.relays > 0 {
				row.Spec.Relays = min(row.Spec.Relays, s.relays)
			}
			row.Spec.CPUs, row.PeerCPUs = place(sc.oneCore, cores)
			switch row.Long = sc.long; {
			case sc.long:
				row.Rounds = longRounds
				row.Spec.Rest += float64(i) * longApart
			case sc.slow():
				row.Rounds = s.slowRounds
			}
			if sc.long || sc.spec.Scenario == workload.Idle {
				row.Spec.Rest = cmp.Or(s.rest, row.Spec.Rest)
			}
			table = append(table, row)
		}
	}
	if s.brief {
		slices.SortStableFunc(table, func(a, b Row) int { return cmp.Compare(a.Rounds, b.Rounds) })
	}
	return table
}

// place assigns cores to a client and its load generator; nil is all. On two cores they share both, as the goals
// assume, and only the rows on one core are pinned. On a larger machine the client gets two cores.
func place(oneCore bool, cores []int) (client, peer []int) {
	switch {
	case oneCore && len(cores) >= 2:
		return cores[:1], cores[1:2]
	case len(cores) >= 4:
		return cores[:2], cores[2:4]
	}
	return nil, nil
}

// remark says how the runs of a scenario's rows differed from the others'.
func remark(rows []RowReport, rounds int) string {
	row := rows[0].Row
	var remarks []string
	if row.Spec.CPUs != nil {
		remarks = append(remarks, fmt.Sprintf("client pinned to %s, load generator to %s", coreList(row.Spec.CPUs), coreList(row.PeerCPUs)))
	}
	if row.Rounds > 0 && row.Rounds < rounds {
		remarks = append(remarks, runs(row.Rounds)+" only")
	}
	for _, row := range rows {
		if n := len(row.Runs); n > rounds {
			text := fmt.Sprintf("%s %s, of which the middle half differs by %s", row.Spec.Client, runs(n), share(spreadOf(row.values(row.Headline))))
			remarks = append(remarks, text)
		}
	}
	return strings.Join(remarks, "; ")
}

func coreList(cores []int) string {
	text := "core"
	if len(cores) > 1 {
		text = "cores"
	}
	for i, core := range cores {
		if i > 0 {
			text += ","
		}
		text += " " + strconv.Itoa(core)
	}
	return text
}
