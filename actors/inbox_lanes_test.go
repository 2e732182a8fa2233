package actors

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestTheTableOfLanesIsAMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var table laneTable
	want := map[string]*lane{}
	for range 2000 {
		key := fmt.Sprint(random.IntN(4))
		switch l := want[key]; {
		case l == nil && random.IntN(2) == 0:
			l = &lane{key: key}
			table.add(l)
			want[key] = l
		case l != nil && random.IntN(3) == 0:
			table.add(l) // which is there
		case l != nil:
			table.remove(l)
			delete(want, key)
		}
		if table.len() != len(want) {
			t.Fatalf("it has %d lanes, want %d", table.len(), len(want))
		}
		seen := 0
		for l := range table.all() {
			if seen++; want[l.key] != l {
				t.Fatalf("lane %s is not there any more", l.key)
			}
		}
		if seen != len(want) || table.find(key) != want[key] {
			t.Fatalf("it goes through %d lanes of %d, and finds %v", seen, len(want), table.find(key))
		}
	}
}
