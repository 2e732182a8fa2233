package suite

import (
	"slices"
	"testing"

	"hermod/bench/workload"
)

func everything(string) bool { return true }

func TestRowsHaveNamesOfTheirOwnAndKnownFigures(t *testing.T) {
	ids := make(map[string]bool)
	for _, row := range rows(scale{seconds: 1}, nil, everything) {
		if ids[row.ID] {
			t.Errorf("two rows %s", row.ID)
		}
		ids[row.ID] = true
		if metricByName(row.Headline).title == row.Headline {
			t.Errorf("%s: nobody knows %s", row.ID, row.Headline)
		}
		if _, ok := clientColors[row.Spec.Client]; !ok {
			t.Errorf("%s has no colour", row.ID)
		}
		if row.Spec.Seconds != 1 || row.Spec.Relays < 1 {
			t.Errorf("%s: %+v", row.ID, row.Spec)
		}
	}
}

func TestEveryScenarioOfTheProtocolIsInTheTable(t *testing.T) {
	for _, name := range []string{workload.Inbound, workload.InboundAcks, workload.Outbound, workload.Duplex,
		workload.Spread, workload.Connect, workload.Idle, workload.Silence, workload.Hang} {
		ofHermod := func(s scenario) bool { return s.spec.Scenario == name && s.clients[0] == workload.Hermod }
		if !slices.ContainsFunc(scenarios, ofHermod) {
			t.Errorf("no scenario runs %s with Hermod first", name)
		}
	}
}

func TestProcessesAreKeptToCoresWhereItMakesFiguresSteadier(t *testing.T) {
	for _, tc := range []struct {
		name         string
		oneCore      bool
		cores        []int
		client, peer []int
	}{
		{"two cores are shared", false, []int{0, 1}, nil, nil},
		{"a row on one core", true, []int{0, 1}, []int{0}, []int{1}},
		{"a single core", true, []int{0}, nil, nil},
		{"a large machine", false, []int{2, 3, 6, 7, 9}, []int{2, 3}, []int{6, 7}},
		{"a row on one core of a large machine", true, []int{2, 3, 6, 7}, []int{2}, []int{3}},
		{"nobody knows the cores", true, nil, nil, nil},
	} {
		client, peer := place(tc.oneCore, tc.cores)
		if !slices.Equal(client, tc.client) || !slices.Equal(peer, tc.peer) {
			t.Errorf("%s: client %v, peer %v", tc.name, client, peer)
		}
	}
	row := RowReport{Row: Row{Spec: workload.Spec{CPUs: []int{0}}, PeerCPUs: []int{2, 3}, Rounds: 2}}
	if got, want := remark([]RowReport{row}, 5), "client pinned to core 0, load generator to cores 2, 3; 2 runs only"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestASmokeRunOpensFewConnections(t *testing.T) {
	for _, row := range rows(smokeScale, nil, everything) {
		if row.Spec.Relays > smokeScale.relays {
			t.Errorf("%s opens %d", row.ID, row.Spec.Relays)
		}
	}
}
