package judge_test

import (
	"slices"
	"testing"

	"hermod/faults/internal/journal"
	"hermod/faults/internal/judge"
	"hermod/faults/internal/schedule"
)

// entry is one of a process's first life.
func entry(at int64, who string, kind journal.Kind, id, detail string) journal.Entry {
	return journal.Entry{At: at, Who: who, Kind: kind, ID: id, Detail: detail, Life: 1}
}

// wellKept is a run in which every promise was kept: an event, a dead letter, and a request of each outcome.
func wellKept() judge.Facts {
	return judge.Facts{
		Injected: map[string]int{"e1-0": 1, "e1-1": 1, "w2-0": 1},
		Letters:  []string{"w2-0"},
		Entries: []journal.Entry{
			entry(1, "connector", journal.Sent, "e1-0", "x1"),
			entry(2, "embedded", journal.Begin, "e1-0", ""),
			entry(3, "embedded", journal.OK, "e1-0", ""),
			entry(4, "connector", journal.Acked, "e1-0", "x1"),
			entry(5, "embedded", journal.Begin, "e1-1", ""),
			entry(6, "embedded", journal.Begin, "e1-1", ""),
			entry(7, "embedded", journal.Dead, "e1-1", ""),
			entry(8, "receiver", journal.Begin, "w2-0", ""),
			entry(10, "embedded", journal.Asked, "eq1", ""),
			entry(11, "connector", journal.Applied, "eq1", ""),
			entry(12, "embedded", journal.Answered, "eq1", "ok"),
			entry(13, "embedded", journal.Asked, "eq2", ""),
			entry(14, "embedded", journal.Answered, "eq2", "failed"),
			entry(15, "api", journal.Asked, "wq3", ""),
			entry(16, "connector", journal.Applied, "wq3", ""),
			entry(17, "api", journal.Answered, "wq3", "ambiguous"),
		},
	}
}

func TestARunThatKeepsEveryPromiseHasNoViolation(t *testing.T) {
	v := judge.Judge(wellKept())
	if len(v.Violations) > 0 {
		t.Errorf("violations: %v", v.Violations)
	}
	if v.Deliveries != 3 || v.Letters != 1 || v.OK != 1 || v.Failed != 1 || v.Ambiguous != 1 || v.Repeats != 1 {
		t.Errorf("counted %+v", v)
	}
}

func TestEachBrokenPromiseIsSeenAsWhatItIs(t *testing.T) {
	without := func(f *judge.Facts, at int64) {
		f.Entries = slices.DeleteFunc(f.Entries, func(e journal.Entry) bool { return e.At == at })
	}
	add := func(f *judge.Facts, entries ...journal.Entry) { f.Entries = append(f.Entries, entries...) }
	for name, test := range map[string]struct {
		kind    string
		violate func(*judge.Facts)
	}{
		"nobody handles an event":        {judge.Lost, func(f *judge.Facts) { f.Injected["s9-0"] = 1 }},
		"a dead letter is lost":          {judge.Lost, func(f *judge.Facts) { f.Letters = nil }},
		"a dead letter is there twice":   {judge.Letter, func(f *judge.Facts) { f.Letters = append(f.Letters, "w2-0") }},
		"an event is acknowledged early": {judge.Early, func(f *judge.Facts) { f.Entries[3].At = 2 }},
		"one is acknowledged twice":      {judge.Stray, func(f *judge.Facts) { add(f, entry(20, "connector", journal.Acked, "e1-0", "x1")) }},
		"one goes over another link":     {judge.Stray, func(f *judge.Facts) { f.Entries[3].Conn = 2 }},
		"an event comes again":           {judge.Doubled, func(f *judge.Facts) { add(f, entry(20, "embedded", journal.Begin, "e1-0", "")) }},
		"an event overtakes":             {judge.Disorder, func(f *judge.Facts) { without(f, 2); without(f, 3) }},
		"an applied action failed":       {judge.Untold, func(f *judge.Facts) { add(f, entry(20, "connector", journal.Applied, "eq2", "")) }},
		"a success was not applied":      {judge.Untold, func(f *judge.Facts) { without(f, 11) }},
		"a request resolves twice":       {judge.Untold, func(f *judge.Facts) { add(f, entry(20, "embedded", journal.Answered, "eq1", "ok")) }},
		"an action is applied twice":     {judge.Doubled, func(f *judge.Facts) { add(f, entry(20, "connector", journal.Applied, "wq3", "")) }},
		"a request has no outcome":       {judge.Hung, func(f *judge.Facts) { without(f, 14) }},
		"something was left at the end":  {judge.Hung, func(f *judge.Facts) { f.Left = []string{"the connector keeps 1 delivery"} }},
		"something is wrong on its face": {judge.Crash, func(f *judge.Facts) { f.Seen = []judge.Violation{{Kind: judge.Crash}} }},
	} {
		t.Run(name, func(t *testing.T) {
			f := wellKept()
			test.violate(&f)
			found := judge.Judge(f).Violations
			if !slices.ContainsFunc(found, func(v judge.Violation) bool { return v.Kind == test.kind }) {
				t.Errorf("found %v, not %s", found, test.kind)
			}
		})
	}
}

func TestAnotherLifeMayGetWhatTheFirstOneHandled(t *testing.T) {
	f := wellKept()
	again := entry(20, "embedded", journal.Begin, "e1-0", "")
	again.Life = 2
	f.Entries = append(f.Entries, again)
	if v := judge.Judge(f).Violations; len(v) > 0 {
		t.Error(v)
	}
}

func TestARequestMayDieWithItsProcess(t *testing.T) {
	f := wellKept()
	f.Entries = slices.DeleteFunc(f.Entries, func(e journal.Entry) bool { return e.At == 14 })
	f.Entries = append(f.Entries, journal.Entry{At: 20, Who: "embedded", Kind: journal.Start, Life: 2})
	if v := judge.Judge(f); len(v.Violations) > 0 || v.Died != 1 {
		t.Errorf("%+v", v)
	}
}

func TestAReceiverMayGetAgainWhatItsAnswerWasLostFor(t *testing.T) {
	f := wellKept()
	f.Injected["w3-0"] = 1
	f.Entries = append(f.Entries, entry(20, "receiver", journal.OK, "w3-0", ""), entry(21, "receiver", journal.Begin, "w3-0", ""))
	if v := judge.Judge(f).Violations; len(v) != 1 || v[0].Kind != judge.Doubled {
		t.Errorf("without a fault: %v", v)
	}
	f.Schedule.Steps = []schedule.Step{{Do: schedule.Reset, On: "d-r"}}
	if v := judge.Judge(f).Violations; len(v) > 0 {
		t.Errorf("with one of the link: %v", v)
	}
}

func TestARequestThatIsLateIsReported(t *testing.T) {
	f := wellKept()
	f.Entries = append(f.Entries, entry(100, "embedded", journal.Asked, "eq9", ""),
		entry(100+5e9, "embedded", journal.Answered, "eq9", "ambiguous"))
	if v := judge.Judge(f); v.Late != 1 || v.Latest != 3000 || len(v.Violations) > 0 {
		t.Errorf("%+v", v)
	}
}
