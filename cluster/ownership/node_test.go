package ownership_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hermod/cluster/ownership"
)

var timing = ownership.Timing{Lease: 10 * time.Second, Margin: 3 * time.Second, Renewal: time.Second,
	Settle: time.Second, Claims: 3, Moves: 2, MovePause: 5 * time.Second}

// said are the commands of a node in one line.
func said(n *ownership.Node) string {
	var all []string
	for _, c := range n.Commands() {
		all = append(all, strings.TrimPrefix(fmt.Sprintf("%T%v", c, c), "ownership."))
	}
	return strings.Join(all, " ")
}

func expect(t *testing.T, n *ownership.Node, want string) {
	t.Helper()
	if got := said(n); got != want {
		t.Errorf("the node says %q, want %q", got, want)
	}
}

func view(revision int64, owners map[string]ownership.Owner, targets ...string) ownership.View {
	v := ownership.View{Revision: revision, Owners: owners, Targets: make(map[string]bool)}
	for _, bot := range targets {
		v.Targets[bot] = true
	}
	return v
}

// member is a node with lease 7 that was asked for at one minute, and has settled at 61 s.
func member(t *testing.T) *ownership.Node {
	t.Helper()
	n := ownership.New(timing)
	n.Tick(time.Minute)
	expect(t, n, "AskLease{}")
	n.Granted(time.Minute, time.Minute, 7)
	return n
}

// holder is a member that runs bots since 61 s, the first with epoch 101.
func holder(t *testing.T, bots ...string) *ownership.Node {
	t.Helper()
	n := member(t)
	n.Look(61*time.Second, view(100, nil, bots...))
	for i, bot := range bots {
		n.Claimed(61*time.Second, bot, 7, int64(101+i))
		n.Look(61*time.Second, view(100, nil, bots...))
	}
	n.Commands()
	return n
}

func TestABotIsNotGivenUpByAViewThatIsOlderThanItsClaim(t *testing.T) {
	n := holder(t, "a") // with epoch 101
	n.Look(62*time.Second, view(100, nil))
	expect(t, n, "")
	n.Look(62*time.Second, view(101, map[string]ownership.Owner{"a": {Lease: 7, Epoch: 101}}))
	expect(t, n, "Stop{a 101}")
}

func TestAJoiningNodeAsksForALeaseAgainAndAgain(t *testing.T) {
	n := ownership.New(timing)
	n.Tick(0)
	n.Tick(time.Hour) // the first is not answered yet
	expect(t, n, "AskLease{}")
	n.NotGranted(time.Hour)
	n.Tick(time.Hour + time.Second - 1)
	expect(t, n, "")
	n.Tick(time.Hour + time.Second)
	expect(t, n, "AskLease{}")
}

func TestALeaseThatComesTooLateIsGivenBack(t *testing.T) {
	n := ownership.New(timing)
	n.Tick(time.Minute)
	n.Commands()
	n.Granted(time.Minute, time.Minute+7*time.Second, 7)
	expect(t, n, "Revoke{7}")
	if n.Phase() != ownership.Joining || n.Until() != 0 {
		t.Errorf("the node is %v", n)
	}
}

func TestANodeClaimsWhenItHasSettled(t *testing.T) {
	n := member(t)
	n.Look(61*time.Second-1, view(100, nil, "a"))
	expect(t, n, "")
	n.Look(61*time.Second, view(100, map[string]ownership.Owner{"b": {Lease: 3, Epoch: 50}}, "a", "b"))
	expect(t, n, "Claim{a 7}")
}

func TestClaimsAreAskedForAFewAtATime(t *testing.T) {
	n := member(t)
	v := view(100, nil, "a", "b", "c", "d")
	n.Look(61*time.Second, v)
	expect(t, n, "Claim{a 7} Claim{b 7} Claim{c 7}")
	n.NotClaimed("b", 7)
	v.Owners = map[string]ownership.Owner{"b": {Lease: 9, Epoch: 101}}
	n.Look(61*time.Second, v)
	expect(t, n, "Claim{d 7}")
}

func TestABotStartsOnlyOnceItsClaimIsKnownToStand(t *testing.T) {
	n := member(t)
	n.Look(61*time.Second, view(100, nil, "a"))
	n.Commands()
	n.Claimed(61*time.Second, "a", 6, 99) // of an earlier lease
	expect(t, n, "")
	n.Claimed(61*time.Second, "a", 7, 101)
	expect(t, n, "Start{a 101}")
	n.Claimed(61*time.Second, "a", 7, 101)
	expect(t, n, "")
}

func TestAClaimWhoseAnswerWasLostIsAskedAgain(t *testing.T) {
	n := member(t)
	n.Look(61*time.Second, view(100, nil, "a"))
	n.Commands()
	n.NotClaimed("a", 7)
	n.Look(62*time.Second, view(101, map[string]ownership.Owner{"a": {Lease: 7, Epoch: 101}}, "a"))
	expect(t, n, "Claim{a 7}")
}

func TestAClaimWhoseAnswerWasLostIsGivenBackWhenThePlanChanges(t *testing.T) {
	n := member(t)
	n.Look(61*time.Second, view(100, nil, "a"))
	n.Commands()
	n.NotClaimed("a", 7)
	n.Look(62*time.Second, view(101, map[string]ownership.Owner{"a": {Lease: 7, Epoch: 101}}))
	expect(t, n, "Release{a 101}")
}

func TestAClaimThatIsConfirmedTooLateStartsNothing(t *testing.T) {
	n := member(t)
	n.Look(61*time.Second, view(100, nil, "a"))
	n.Commands()
	n.Claimed(67*time.Second, "a", 7, 101)
	expect(t, n, "")
}

func TestEverythingIsCutBeforeTheLeaseCanEnd(t *testing.T) {
	n := holder(t, "a", "b")
	n.Tick(67*time.Second - 1)
	expect(t, n, "Renew{7}")
	n.NotRenewed(7, false)
	n.Tick(67 * time.Second)
	expect(t, n, "Cut{}")
	n.Tick(80 * time.Second)
	n.Stopped("a", 101)
	expect(t, n, "") // b runs on: no other lease meanwhile
	n.Stopped("b", 102)
	expect(t, n, "Revoke{7}")
	n.Tick(80 * time.Second)
	expect(t, n, "AskLease{}")
}

func TestARenewalCountsFromWhenItWasSent(t *testing.T) {
	n := holder(t, "a")
	n.Tick(62 * time.Second)
	expect(t, n, "Renew{7}")
	n.Renewed(62*time.Second, 7) // however late the answer came
	if n.Until() != 69*time.Second {
		t.Errorf("the node runs until %v", n.Until())
	}
	n.Renewed(61*time.Second, 7) // an answer that was overtaken
	if n.Until() != 69*time.Second {
		t.Errorf("an earlier renewal changes that to %v", n.Until())
	}
	n.Renewed(80*time.Second, 6)
	if n.Until() != 69*time.Second {
		t.Errorf("a renewal of another lease changes that to %v", n.Until())
	}
}

func TestALeaseThatIsGoneCutsAtOnce(t *testing.T) {
	n := holder(t, "a")
	n.NotRenewed(6, true) // an earlier one
	expect(t, n, "")
	n.NotRenewed(7, true)
	expect(t, n, "Cut{}")
}

func TestABotWhoseClaimWasTakenOutOfTheStoreStops(t *testing.T) {
	n := holder(t, "a")
	n.Look(62*time.Second, view(100, nil, "a")) // the store before the claim
	expect(t, n, "")
	n.Look(62*time.Second, view(105, map[string]ownership.Owner{"a": {Lease: 9, Epoch: 104}}, "a"))
	expect(t, n, "Stop{a 101}")
}

func TestAClaimIsGivenBackOnlyWhenNothingRuns(t *testing.T) {
	n := holder(t, "a")
	owners := map[string]ownership.Owner{"a": {Lease: 7, Epoch: 101}}
	n.Look(66*time.Second, view(110, owners))
	expect(t, n, "Stop{a 101}")
	n.Look(66*time.Second, view(110, owners))
	expect(t, n, "")
	n.Stopped("a", 100) // of an earlier run
	expect(t, n, "")
	n.Stopped("a", 101)
	expect(t, n, "Release{a 101}")
	n.Released(66*time.Second, "a", 101, 0)
	n.Tick(66*time.Second + timing.Renewal - 1)
	n.Tick(66 * time.Second)
	if got := said(n); strings.Contains(got, "Release") {
		t.Errorf("it tries again at once: %q", got)
	}
}

func TestABotThatWasGivenUpIsNotTakenBackForAViewFromBefore(t *testing.T) {
	n := holder(t, "a")
	owners := map[string]ownership.Owner{"a": {Lease: 7, Epoch: 101}}
	n.Look(66*time.Second, view(110, owners))
	n.Stopped("a", 101)
	n.Released(66*time.Second, "a", 101, 120)
	n.Commands()
	n.Look(66*time.Second, view(119, owners, "a"))
	expect(t, n, "")
	n.Look(66*time.Second, view(120, nil, "a"))
	expect(t, n, "Claim{a 7}")
}

func TestMovesAreFewAtATimeAndPaced(t *testing.T) {
	bots := []string{"a", "b", "c", "d"}
	n := holder(t, bots...)
	owners := make(map[string]ownership.Owner)
	for i, bot := range bots {
		owners[bot] = ownership.Owner{Lease: 7, Epoch: int64(101 + i)}
	}
	n.Look(62*time.Second, view(110, owners))
	n.Look(66*time.Second, view(110, owners))
	expect(t, n, "Stop{a 101}")
	urgent := view(110, owners)
	urgent.Urgent = true
	n.Look(66*time.Second, urgent)
	expect(t, n, "Stop{b 102}") // two at a time
	n.Stopped("a", 101)
	n.Released(66*time.Second, "a", 101, 111)
	n.Commands()
	delete(owners, "a")
	n.Look(66*time.Second, urgent)
	expect(t, n, "Stop{c 103}")
}

func TestANodeThatLeavesStopsInOrderAndThenEndsItsLease(t *testing.T) {
	n := holder(t, "a", "b")
	n.Leave(false)
	expect(t, n, "Stop{a 101} Stop{b 102}")
	n.Stopped("a", 101)
	n.Stopped("b", 102)
	expect(t, n, "Release{a 101} Release{b 102}")
	n.Released(62*time.Second, "a", 101, 111)
	n.Released(62*time.Second, "b", 102, 112)
	expect(t, n, "Revoke{7} End{}")
}

func TestANodeThatCannotRenewWhileItLeavesIsCutAndEnds(t *testing.T) {
	n := holder(t, "a")
	n.Leave(false)
	n.Tick(67 * time.Second)
	n.Tick(68 * time.Second)
	if got := said(n); strings.Count(got, "Cut{}") != 1 {
		t.Errorf("the node says %q", got)
	}
	n.Stopped("a", 101)
	expect(t, n, "Revoke{7} End{}")
}

func TestANodeThatIsToldToLeaveWhileItIsCutEndsAfterThat(t *testing.T) {
	n := holder(t, "a")
	n.Tick(67 * time.Second)
	n.Leave(false)
	n.Commands()
	n.Stopped("a", 101)
	if got := said(n); !slices.Equal(strings.Fields(got), []string{"Revoke{7}", "End{}"}) {
		t.Errorf("the node says %q", got)
	}
}

func TestANodeInAHurryCutsWhatItIsStopping(t *testing.T) {
	n := holder(t, "a")
	n.Leave(false)
	n.Commands()
	n.Hurry()
	expect(t, n, "Cut{}")
	n.Stopped("a", 101)
	expect(t, n, "Revoke{7} End{}")
}

func TestBotsThatNobodyIsToRunStopAtOnceHoweverMany(t *testing.T) {
	n := holder(t, "a", "b", "c", "d")
	owners := make(map[string]ownership.Owner)
	for i, bot := range []string{"a", "b", "c", "d"} {
		owners[bot] = ownership.Owner{Lease: 7, Epoch: int64(101 + i)}
	}
	v := view(110, owners)
	v.Unwanted = map[string]bool{"b": true, "c": true, "d": true}
	n.Look(62*time.Second, v)
	expect(t, n, "Stop{a 101} Stop{b 102} Stop{c 103} Stop{d 104}")
}

func TestARenewalThatIsNotAnsweredKeepsNoOtherFromBeingSent(t *testing.T) {
	n := member(t)
	pass := func(from, to int) (sent int) {
		for second := from; second <= to; second++ {
			n.Tick(time.Minute + time.Duration(second)*time.Second)
		}
		return strings.Count(said(n), "Renew{7}")
	}
	if sent := pass(1, 6); sent != 6 {
		t.Errorf("%d renewals were sent in 6 s, one a second", sent)
	}
	n.Renewed(time.Minute+5*time.Second, 7) // the only one that is answered
	if n.Until() != time.Minute+12*time.Second {
		t.Errorf("the lease is certain until %v", n.Until())
	}
	if sent := pass(7, 11); sent != 3 {
		t.Errorf("%d more were sent: at most 8 may be under way", sent)
	}
}

func TestWhatIsToMoveToANodeThatJoinedRunsOnUntilThatHasSettled(t *testing.T) {
	n := holder(t, "a", "b")
	owners := map[string]ownership.Owner{"a": {Lease: 7, Epoch: 101}, "b": {Lease: 7, Epoch: 102}}
	n.Joined(62 * time.Second)
	wanted := view(110, owners, "a")
	for _, urgent := range []bool{false, true} {
		wanted.Urgent = urgent
		if !n.Look(63*time.Second-1, wanted) {
			t.Error("what has to wait is forgotten")
		}
		expect(t, n, "")
	}
	n.Look(63*time.Second, wanted)
	expect(t, n, "Stop{b 102}")
}

func TestTheClaimsOfANodeThatReturnsStandUntilItDoes(t *testing.T) {
	n := holder(t, "a", "b")
	n.Leave(true)
	expect(t, n, "Stop{a 101} Stop{b 102}")
	n.Stopped("a", 101)
	expect(t, n, "")
	n.Stopped("b", 102)
	expect(t, n, "Park{7} End{}")
}

func TestANodeThatHadToCutLeavesNoClaimsToItsNextProcess(t *testing.T) {
	n := holder(t, "a")
	n.Leave(true)
	n.Hurry()
	n.Stopped("a", 101)
	expect(t, n, "Stop{a 101} Cut{} Revoke{7} End{}")
}

func TestANodeThatHasReturnedClaimsAtOnce(t *testing.T) {
	n := member(t)
	n.Returned(time.Minute)
	n.Look(time.Minute, view(100, nil, "a"))
	expect(t, n, "Claim{a 7}")
}
