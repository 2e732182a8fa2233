package schedule_test

import (
	"reflect"
	"slices"
	"testing"

	"hermod/faults/internal/schedule"
)

func TestASeedAlwaysGivesTheSameSchedule(t *testing.T) {
	for seed := range uint64(100) {
		if !reflect.DeepEqual(schedule.Generate(seed), schedule.Generate(seed)) {
			t.Fatalf("seed %d gives two schedules", seed)
		}
	}
}

func TestSchedulesHaveFaultsOfEveryKindAndNoOthers(t *testing.T) {
	found := make(map[schedule.Do]int)
	for seed := range uint64(400) {
		s := schedule.Generate(seed)
		if !slices.IsSortedFunc(s.Steps, func(a, b schedule.Step) int { return a.At - b.At }) {
			t.Fatalf("the steps of seed %d are not in order", seed)
		}
		for _, step := range s.Steps {
			if step.IsFault() {
				found[step.Do]++
			}
		}
	}
	for _, do := range schedule.Faults {
		if found[do] == 0 {
			t.Errorf("no schedule has %s", do)
		}
		delete(found, do)
	}
	if len(found) > 0 {
		t.Errorf("faults that the table does not have: %v", found)
	}
}

func TestTheIDsOfAScheduleDiffer(t *testing.T) {
	for seed := range uint64(100) {
		seen := make(map[string]bool)
		for _, step := range schedule.Generate(seed).Steps {
			if step.ID != "" && seen[step.ID] {
				t.Fatalf("seed %d has %s twice", seed, step.ID)
			}
			seen[step.ID] = true
		}
	}
}

func TestShrinkingLeavesWhatTheFailureNeeds(t *testing.T) {
	s := schedule.Schedule{}
	for i := range 40 {
		s.Steps = append(s.Steps, schedule.Step{At: i})
	}
	fails := func(s schedule.Schedule) bool {
		has := func(at int) bool {
			return slices.ContainsFunc(s.Steps, func(s schedule.Step) bool { return s.At == at })
		}
		return has(7) && has(33)
	}
	shrunk := schedule.Shrink(s, 200, fails)
	if len(shrunk.Steps) != 2 || !fails(shrunk) {
		t.Errorf("what is left is %v", shrunk.Steps)
	}
}

func TestShrinkingPlaysNoMoreThanItMay(t *testing.T) {
	played := 0
	s := schedule.Generate(1)
	schedule.Shrink(s, 9, func(schedule.Schedule) bool { played++; return true })
	if played > 9 {
		t.Errorf("%d schedules were played", played)
	}
}
