package registry_test

import (
	"maps"
	"testing"

	"hermod/cluster/registry"
)

func TestABotWeighsWhatItsOwnerSaidLast(t *testing.T) {
	v := registry.View{
		Claims: map[string]registry.Claim{"stays": {Node: "a", Epoch: 10}, "moved": {Node: "b", Epoch: 30},
			"calm": {Node: "a", Epoch: 10}},
		Loads: map[string]registry.Loads{
			"dead": {Revision: 5, Weights: map[string]int{"homeless": 4, "stays": 128, "calm": 8}},
			"a":    {Revision: 20, Covers: 10, Weights: map[string]int{"stays": 16, "moved": 32}},
			"b":    {Revision: 35, Covers: 29, Weights: map[string]int{"another": 2}},
		},
	}
	want := map[string]int{"homeless": 4, "stays": 16, "moved": 32, "another": 2} // b has not measured it yet
	if got := v.Weights(); !maps.Equal(got, want) {
		t.Errorf("weights are %v, want %v", got, want)
	}
	v.Loads["b"] = registry.Loads{Revision: 36, Covers: 30}
	delete(want, "moved")
	delete(want, "another")
	if got := v.Weights(); !maps.Equal(got, want) {
		t.Errorf("weights are %v, want %v", got, want)
	}
}
