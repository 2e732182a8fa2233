package placement_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"hermod/cluster/placement"
)

// randomCluster has nodes of different sizes and bots of which some weigh much more than others.
func randomCluster(random *rand.Rand, lacking bool) placement.Cluster {
	c := placement.Cluster{Bots: botsOf(1 + random.IntN(120)), Owners: make(map[string]string),
		Weights: make(map[string]int)}
	for _, bot := range c.Bots {
		if random.IntN(3) == 0 {
			c.Weights[bot] = 1 << random.IntN(9)
		}
	}
	for i := range 1 + random.IntN(6) {
		m := placement.Member{Name: fmt.Sprint("n", i), Capacity: 1 << random.IntN(4), Lacks: make(map[string]bool)}
		for _, bot := range c.Bots {
			m.Lacks[bot] = lacking && random.IntN(4) == 0
		}
		m.Draining = lacking && random.IntN(5) == 0
		c.Members = append(c.Members, m)
	}
	return c
}

// unrest finds a move that is worth it, by the words of Plan.
func unrest(c placement.Cluster, plan map[string]string) string {
	load, capacity, extra := make(map[string]float64), 0.0, 0.0
	for bot, node := range plan {
		load[node] += float64(max(c.Weights[bot], 1))
	}
	for _, m := range c.Members {
		if !m.Draining {
			capacity += float64(m.Capacity)
		}
	}
	for bot := range plan {
		extra += float64(max(c.Weights[bot], 1) - 1)
	}
	of := make(map[string]placement.Member)
	for _, m := range c.Members {
		of[m.Name] = m
	}
	const hair = 1e-9
	for bot, node := range plan {
		w, has := float64(max(c.Weights[bot], 1)), float64(of[node].Capacity)
		for _, m := range c.Members {
			could := float64(m.Capacity)
			if m.Draining || m.Lacks[bot] || m.Name == node {
				continue
			}
			if load[node]/has-(load[m.Name]+w)/could > extra/capacity/10+hair &&
				(load[m.Name]+w)/could-(load[node]-w)/has <= extra/capacity/10-hair {
				return fmt.Sprintf("%s (%v) stays on %s with %v of %v, though %s has %v of %v", bot, w, node, load[node], has, m.Name,
					load[m.Name], could)
			}
		}
	}
	return ""
}

func TestPlansAreBalancedByWeightAndCapacityAndComeToRest(t *testing.T) {
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 1))
		c := randomCluster(random, seed%2 == 0)
		for _, bot := range c.Bots {
			c.Owners[bot] = fmt.Sprint("n", random.IntN(8))
		}
		plan := placement.Plan(c)
		if why := unrest(c, plan); why != "" {
			t.Errorf("seed %d: %s", seed, why)
		}
		c.Owners = plan
		if again := placement.Plan(c); !maps.Equal(plan, again) {
			t.Errorf("seed %d: %v is followed by %v", seed, plan, again)
		}
	}
}

func TestANodeOfTwiceTheCapacityGetsTwiceTheBots(t *testing.T) {
	c := placement.Cluster{Members: named("a", "b"), Bots: botsOf(300)}
	c.Members[1].Capacity = 2
	if shares := sharesOf(placement.Plan(c)); shares["a"] != 100 || shares["b"] != 200 {
		t.Errorf("shares are %v", shares)
	}
}

func TestTwoBusyBotsPart(t *testing.T) {
	c := placement.Cluster{Members: named("a", "b"), Bots: botsOf(4), Weights: map[string]int{"bot-0000": 4096, "bot-0001": 4096},
		Owners: map[string]string{"bot-0000": "a", "bot-0001": "a", "bot-0002": "b", "bot-0003": "b"}}
	plan := placement.Plan(c)
	if plan["bot-0000"] == plan["bot-0001"] || plan["bot-0002"] != "b" || plan["bot-0003"] != "b" {
		t.Errorf("plan is %v", plan)
	}
}

func TestBusyBotsCountForMore(t *testing.T) {
	c := placement.Cluster{Members: named("a", "b"), Bots: botsOf(101), Weights: map[string]int{"bot-0000": 100}}
	if shares := sharesOf(placement.Plan(c)); shares["a"]+shares["b"] != 101 || min(shares["a"], shares["b"]) != 1 {
		t.Errorf("one bot weighs as much as the other hundred: shares are %v", shares)
	}
}

func TestAMemberThatKnowsOfNoWeightsHasAllPlanByNumber(t *testing.T) {
	c := placement.Cluster{Members: named("a", "b", "c"), Bots: botsOf(300), Weights: map[string]int{"bot-0000": 100}}
	c.Members[0].Capacity, c.Members[2].Capacity = 64, 0
	if shares := sharesOf(placement.Plan(c)); shares["a"] != 100 || shares["b"] != 100 || shares["c"] != 100 {
		t.Errorf("shares are %v", shares)
	}
}

func TestASmallDifferenceInTrafficMovesNothing(t *testing.T) {
	c := placement.Cluster{Members: named("a", "b"), Bots: botsOf(200), Weights: make(map[string]int)}
	for _, bot := range c.Bots[:50] {
		c.Weights[bot] = 16
	}
	c.Owners = placement.Plan(c)
	for _, bot := range c.Bots[50:60] { // about a twentieth of the traffic, all on one node
		if c.Owners[bot] == "a" {
			c.Weights[bot] = 4
		}
	}
	if plan := placement.Plan(c); !maps.Equal(plan, c.Owners) {
		t.Error("a bot moves")
	}
	for _, bot := range c.Bots {
		if c.Owners[bot] == "a" {
			c.Weights[bot] = 32
		}
	}
	if plan := placement.Plan(c); maps.Equal(plan, c.Owners) {
		t.Error("no bot moves, though one node has many times the traffic of the other")
	}
}
