package placement_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"hermod/cluster/placement"
)

func botsOf(n int) (bots []string) {
	for i := range n {
		bots = append(bots, fmt.Sprintf("bot-%04d", i))
	}
	return bots
}

func sharesOf(plan map[string]string) map[string]int {
	shares := make(map[string]int)
	for _, node := range plan {
		shares[node]++
	}
	return shares
}

func named(names ...string) (members []placement.Member) {
	for _, name := range names {
		members = append(members, placement.Member{Name: name, Capacity: 1})
	}
	return members
}

// plan places bots that weigh the same.
func plan(members []placement.Member, bots []string, owners map[string]string) map[string]string {
	return placement.Plan(placement.Cluster{Members: members, Bots: bots, Owners: owners})
}

func TestNewBotsAreSpreadEvenly(t *testing.T) {
	shares := sharesOf(plan(named("a", "b", "c"), botsOf(300), nil))
	if shares["a"] != 100 || shares["b"] != 100 || shares["c"] != 100 {
		t.Errorf("shares are %v", shares)
	}
}

func TestWithoutMembersNothingIsPlaced(t *testing.T) {
	if now := plan(nil, botsOf(3), map[string]string{"bot-0000": "gone"}); len(now) != 0 {
		t.Errorf("plan is %v", now)
	}
}

func TestADeadNodesBotsGoToTheOthersAndNothingElseMoves(t *testing.T) {
	bots := botsOf(300)
	before := plan(named("a", "b", "c"), bots, nil)
	after := plan(named("a", "c"), bots, before)
	for bot, node := range before {
		if node != "b" && after[bot] != node {
			t.Errorf("%s moved from %s to %s", bot, node, after[bot])
		}
	}
	if shares := sharesOf(after); shares["a"] != 150 || shares["c"] != 150 {
		t.Errorf("shares are %v", shares)
	}
}

func TestANewNodeTakesItsShareAndNoMore(t *testing.T) {
	bots := botsOf(300)
	before := plan(named("a", "b"), bots, nil)
	after := plan(named("a", "b", "c"), bots, before)
	moved := 0
	for bot, node := range before {
		if after[bot] != node {
			moved++
			if after[bot] != "c" {
				t.Errorf("%s moved from %s to %s", bot, node, after[bot])
			}
		}
	}
	if moved != 100 {
		t.Errorf("%d bots moved", moved)
	}
}

func TestADrainingNodeGivesUpEverything(t *testing.T) {
	bots := botsOf(100)
	members := named("a", "b", "c")
	before := plan(members, bots, nil)
	members[1].Draining = true
	if shares := sharesOf(plan(members, bots, before)); shares["b"] != 0 || shares["a"]+shares["c"] != 100 {
		t.Errorf("shares are %v", shares)
	}
}

func TestABotIsGivenOnlyToNodesThatHaveItsSecret(t *testing.T) {
	bots := botsOf(10)
	members := named("a", "b")
	members[0].Lacks = map[string]bool{"bot-0003": true, "bot-0004": true}
	members[1].Lacks = map[string]bool{"bot-0004": true}
	now := plan(members, bots, map[string]string{"bot-0003": "a"})
	if now["bot-0003"] != "b" {
		t.Errorf("bot-0003 is for %q", now["bot-0003"])
	}
	if node, placed := now["bot-0004"]; placed {
		t.Errorf("bot-0004, for which nobody has the secret, is for %q", node)
	}
}

// Whatever the cluster is like, a plan keeps to what members may run, is as even as that allows, and is a rest: once it
// is carried out the next plan is the same.
func TestPlansAreFairAndComeToRest(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 0))
		bots, owners := botsOf(random.IntN(60)), make(map[string]string)
		var members []placement.Member
		for i := range random.IntN(6) {
			m := placement.Member{Name: fmt.Sprint("n", i), Capacity: 1, Draining: random.IntN(5) == 0,
				Lacks: make(map[string]bool)}
			for _, bot := range bots {
				m.Lacks[bot] = random.IntN(4) == 0
			}
			members = append(members, m)
		}
		for _, bot := range bots {
			if random.IntN(3) > 0 {
				owners[bot] = fmt.Sprint("n", random.IntN(8))
			}
		}
		now := plan(members, bots, owners)
		if again := plan(members, bots, now); !maps.Equal(now, again) {
			t.Errorf("seed %d: %v is followed by %v", seed, now, again)
		}
		judge(t, seed, members, bots, now)
	}
}

func judge(t *testing.T, seed uint64, members []placement.Member, bots []string, plan map[string]string) {
	shares := sharesOf(plan)
	for _, bot := range bots {
		node, placed := plan[bot]
		for _, m := range members {
			takes := !m.Draining && !m.Lacks[bot]
			switch {
			case takes && !placed:
				t.Errorf("seed %d: %s is not placed", seed, bot)
			case !takes && node == m.Name:
				t.Errorf("seed %d: %s is for %s, which does not take it", seed, bot, node)
			case takes && placed && shares[node]-shares[m.Name] > 1:
				t.Errorf("seed %d: %s stays on %s with %d, though %s has %d", seed, bot, node, shares[node], m.Name, shares[m.Name])
			}
		}
	}
}
