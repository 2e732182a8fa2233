package judge

import (
	"time"

	"hermod/faults/internal/journal"
	"hermod/faults/internal/role"
	"hermod/faults/internal/schedule"
)

// Slack is by how much a request may miss its deadline before that is reported.
const Slack = 500 * time.Millisecond

// request is one that was made.
type request struct {
	asked    journal.Entry
	outcomes []journal.Entry
}

// requests judges those of one process.
func (j *judge) requests(entries []journal.Entry) {
	all := make(map[string]*request)
	life := 0
	for _, e := range entries {
		life = e.Life
		switch e.Kind {
		case journal.Asked:
			all[e.ID] = &request{asked: e}
		case journal.Answered:
			if r := all[e.ID]; r != nil {
				r.outcomes = append(r.outcomes, e)
			}
		}
	}
	for id, r := range all {
		switch {
		case len(r.outcomes) == 0 && r.asked.Life < life:
			j.verdict.Died++
		case len(r.outcomes) == 0:
			j.wrong(Hung, "request %s has no outcome", id)
		case len(r.outcomes) > 1:
			j.wrong(Untold, "request %s resolved %d times", id, len(r.outcomes))
		default:
			j.outcome(id, r.outcomes[0].Detail)
			if r.asked.Who != "api" { // whose client repeats what is not answered
				j.deadline(time.Duration(r.outcomes[0].At - r.asked.At))
			}
		}
		if j.applied[id] > 1 {
			j.wrong(Doubled, "request %s was applied %d times", id, j.applied[id])
		}
	}
}

func (j *judge) outcome(id, outcome string) {
	switch outcome {
	case "ok":
		j.verdict.OK++
		if j.applied[id] == 0 {
			j.wrong(Untold, "request %s was reported as a success, and the connector did not apply it", id)
		}
	case "ambiguous":
		j.verdict.Ambiguous++
	default:
		j.verdict.Failed++
		if j.applied[id] > 0 {
			j.wrong(Untold, "request %s was reported as a definite failure, and the connector applied it", id)
		}
	}
}

// deadline notes how much too late an outcome came, beyond what its process was frozen.
func (j *judge) deadline(took time.Duration) {
	allowed := role.OutboundTimeout + Slack
	for _, s := range j.Schedule.Steps {
		if s.Do == schedule.Freeze {
			allowed += time.Duration(s.For) * time.Millisecond
		}
	}
	if took > allowed {
		j.verdict.Late++
		j.verdict.Latest = max(j.verdict.Latest, int((took - allowed).Milliseconds()))
	}
}
