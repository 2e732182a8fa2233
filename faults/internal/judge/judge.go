package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hermod/faults/internal/journal"
	"hermod/faults/internal/schedule"
)

// Facts are what is known of one run of a schedule.
type Facts struct {
	Schedule schedule.Schedule `json:"schedule"`
	// Injected tells how often each delivery was given to the connector: more than once where the first answer was lost.
	Injected map[string]int `json:"injected"`
	// Entries are those of all journals, each process's in its order. An acknowledgement has its delivery's id.
	Entries []journal.Entry `json:"entries"`
	// Letters are the deliveries that the daemon kept as dead letters at the end.
	Letters []string `json:"letters"`
	// SetAside are the bots of which a connector had set something aside.
	SetAside []string `json:"set_aside"`
	// Stuck are the bots that could not keep a delivery that failed for good, since the disk was full: it comes again at
	// their next dial.
	Stuck []string `json:"stuck"`
	// Stalled says that the machine let a process wait for long: an answer may have come after its deadline.
	Stalled bool `json:"stalled"`
	// Seen is what was wrong on its face, such as a process that ended by itself.
	Seen []Violation `json:"seen"`
	// Left says what was not done at the end of the wait.
	Left []string `json:"left"`
}

// Violation is a promise that was broken.
type Violation struct {
	// Kind is one of Kinds.
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Kinds of violations, in the order of the table.
const (
	Lost      = "lost"      // a delivery that nobody handled
	Early     = "early"     // one that was acknowledged before it was handled
	Stray     = "stray"     // an acknowledgement over a connection that had not brought the delivery, or had its acknowledgement
	Doubled   = "doubled"   // one that was handled twice in one life, or an action applied twice
	Disorder  = "disorder"  // one that came before an earlier one of its session
	Untold    = "untold"    // a request with a wrong outcome, as a definite failure that was applied
	Hung      = "hung"      // what did not end
	Letter    = "letter"    // a dead letter that is lost or there twice
	Forgotten = "forgotten" // an operator's order that did not outlive the daemon
	Crash     = "crash"     // a process that ended by itself
)

// Kinds are all of them.
var Kinds = []string{Lost, Early, Stray, Doubled, Disorder, Untold, Hung, Letter, Forgotten, Crash}

// Verdict is what comes of it.
type Verdict struct {
	Violations []Violation `json:"violations"`
	// Deliveries counts those that were injected, and Repeats the further tries of them. Letters were dead at the end.
	Deliveries, Repeats, Letters int
	// OK, Ambiguous and Failed count requests by their outcome; Died those whose process died first.
	OK, Ambiguous, Failed, Died int
	// Late counts the requests that took longer than their deadline and Slack; Latest is the longest excess, in ms.
	Late, Latest int
	// Lives counts the further lives of processes.
	Lives int
}

// judge collects violations.
type judge struct {
	Facts
	verdict Verdict
	letters map[string]int
	applied map[string]int
	handled map[string][]int64 // when each delivery was, or was given up
	byWho   map[string][]journal.Entry
}

// Judge returns the verdict on the facts.
func Judge(f Facts) Verdict {
	j := &judge{Facts: f, letters: make(map[string]int), applied: make(map[string]int),
		handled: make(map[string][]int64), byWho: make(map[string][]journal.Entry)}
	j.verdict.Violations = append(j.verdict.Violations, f.Seen...)
	for _, id := range f.Letters {
		j.letters[id]++
	}
	for _, e := range f.Entries {
		j.byWho[e.Who] = append(j.byWho[e.Who], e)
		switch e.Kind {
		case journal.Applied:
			j.applied[e.ID]++
		case journal.OK, journal.Dead:
			j.handled[e.ID] = append(j.handled[e.ID], e.At)
		case journal.Start:
			j.verdict.Lives++
		}
	}
	j.deliveries()
	j.acknowledgements()
	j.strays()
	for who, entries := range j.byWho {
		j.doubles(who, entries)
		j.order(entries)
		j.requests(entries)
	}
	slices.SortFunc(j.verdict.Violations, func(a, b Violation) int { return cmp.Compare(a.Text, b.Text) })
	return j.verdict
}

func (j *judge) wrong(kind, format string, args ...any) {
	j.verdict.Violations = append(j.verdict.Violations, Violation{kind, fmt.Sprintf(format, args...)})
}

// botOf is the first letter of every id.
func botOf(id string) string { return id[:min(1, len(id))] }

// isForward tells a forwarded request from an event. It is recognised by its buffer id alone, so that the daemon's next
// life does not recognise what the one before has passed on.
func isForward(id string) bool { return len(id) > 1 && id[1] == 'f' }

// placeOf splits an event's id; ok is false for what belongs to no chat.
func placeOf(id string) (chat string, n int, ok bool) {
	chat, number, ok := strings.Cut(id, "-")
	n, err := strconv.Atoi(number)
	return chat, n, ok && err == nil
}

// deliveries looks for what was lost.
func (j *judge) deliveries() {
	for id := range j.Injected {
		j.verdict.Deliveries++
		if len(j.handled[id]) == 0 && j.letters[id] == 0 {
			j.wrong(Lost, "%s was handled by nobody", id)
		}
		if j.letters[id] > 1 && !j.Schedule.Cluster { // each node has a disk of its own
			j.wrong(Letter, "%s is a dead letter %d times", id, j.letters[id])
		}
	}
	j.verdict.Letters = len(j.Letters)
	for _, left := range j.Left {
		j.wrong(Hung, "%s", left)
	}
}

// acknowledgements looks for those that came before their deliveries were handled. What goes to a gateway behind the
// daemon is acknowledged when it is on the daemon's disk, unless that keeps nothing.
func (j *judge) acknowledgements() {
	for _, e := range j.Entries {
		kept := botOf(e.ID) == "b" && !j.Schedule.Tight
		if e.Kind != journal.Acked || kept || j.letters[e.ID] > 0 {
			continue
		}
		if !slices.ContainsFunc(j.handled[e.ID], func(at int64) bool { return at < e.At }) {
			j.wrong(Early, "%s was acknowledged before it was handled", e.ID)
		}
	}
}

// strays looks for acknowledgements that belong to another connection. A connector may number its deliveries anew for
// each session, and would take such a one for another delivery's.
func (j *judge) strays() {
	type key struct {
		id   string
		life int
		conn int64
	}
	owed := make(map[key]int)
	for _, e := range j.byWho["connector"] {
		k := key{e.ID, e.Life, e.Conn}
		switch e.Kind {
		case journal.Sent:
			owed[k]++
		case journal.Acked:
			if owed[k]--; owed[k] < 0 {
				j.wrong(Stray, "%s was acknowledged more often over a connection than that had brought it", e.ID)
			}
		}
	}
}

// has says that the schedule has such a step.
func (j *judge) has(match func(schedule.Step) bool) bool {
	return slices.ContainsFunc(j.Schedule.Steps, match)
}

// excused says that a bot's deliveries may come again within a life of their handler: what the daemon, the handler or
// the link between them said may have been lost.
func (j *judge) excused(bot string) bool {
	return j.Schedule.Cluster || j.Stalled || j.has(func(s schedule.Step) bool {
		switch s.Do {
		case schedule.Disable, schedule.Reload, schedule.Reconnect, schedule.Revoke:
			return s.On == bot
		case schedule.Loss, schedule.DiskFull:
			return true
		case schedule.Kill, schedule.Freeze, schedule.Power:
			return s.On == "daemon" || s.On == "receiver"
		}
		return s.IsFault() && (s.On == "d-r" || s.On == "r-d")
	})
}

// doubles looks for deliveries that a handler got again although it had handled them in the same life, and said so.
func (j *judge) doubles(who string, entries []journal.Entry) {
	type key struct {
		id   string
		life int
	}
	done := make(map[key]bool)
	begun := make(map[string]bool)
	for _, e := range entries {
		k, bot := key{e.ID, e.Life}, botOf(e.ID)
		settles := journal.OK
		if bot == "s" {
			settles = journal.Confirmed
		}
		switch e.Kind {
		case settles, journal.Dead:
			done[k] = true
		case journal.Begin:
			if begun[e.ID] {
				j.verdict.Repeats++
			}
			begun[e.ID] = true
			own := (who == "embedded" || who == "behind") && !isForward(e.ID)
			if done[k] && (own || !j.excused(bot) && (!isForward(e.ID) || j.Injected[e.ID] == 1)) {
				j.wrong(Doubled, "%s came to %s again in the same life, after it was handled", e.ID, who)
			}
		}
	}
}

// order looks for events that came before an earlier one of their session was handled.
func (j *judge) order(entries []journal.Entry) {
	settled := make(map[string]bool)
	begun := make(map[string]bool)
	for _, e := range entries {
		switch e.Kind {
		case journal.OK, journal.Dead:
			settled[e.ID] = true
		case journal.Begin:
			bot := botOf(e.ID)
			if begun[e.ID] || slices.Contains(j.SetAside, bot) || slices.Contains(j.Stuck, bot) {
				continue
			}
			begun[e.ID] = true
			chat, n, ok := placeOf(e.ID)
			for before := range n {
				id := fmt.Sprintf("%s-%d", chat, before)
				if ok && j.Injected[id] > 0 && !settled[id] && j.letters[id] == 0 {
					j.wrong(Disorder, "%s came before %s was handled", e.ID, id)
				}
			}
		}
	}
}
