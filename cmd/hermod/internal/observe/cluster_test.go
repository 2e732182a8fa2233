package observe_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/observe"
)

func TestTheMetricsOfAClusterSayWhereItsBotsAre(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		w.cluster = observe.ClusterFigures{Cluster: "prod", Member: true, Cuts: 2, Unassigned: 3, Disabled: 4,
			Nodes: []observe.NodeFigures{{Name: "gw-a", Bots: 5, Lacks: 1}, {Name: "gw-b", Bots: 6, Draining: true}}}
		text := w.scrape()
		for _, want := range []string{`hermod_cluster_bots{cluster="prod",node="gw-a"} 5`,
			`hermod_cluster_bots{cluster="prod",node="gw-b"} 6`, `hermod_cluster_lacks{cluster="prod",node="gw-a"} 1`,
			`hermod_cluster_nodes{cluster="prod",state="member"} 1`, `hermod_cluster_nodes{cluster="prod",state="draining"} 1`,
			`hermod_cluster_bots_unassigned{cluster="prod"} 3`, `hermod_cluster_bots_disabled{cluster="prod"} 4`,
			`hermod_cluster_member{cluster="prod"} 1`, `hermod_cluster_cuts_total{cluster="prod"} 2`} {
			if !strings.Contains(text, want+"\n") {
				t.Errorf("the metrics lack %s", want)
			}
		}
	})
}

func TestHoweverManyNodesThereAreTheirSeriesAreBounded(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		w.cluster = observe.ClusterFigures{Cluster: "prod", Nodes: []observe.NodeFigures{{Name: "other", Bots: 1000}}}
		for i := range 150 {
			w.cluster.Nodes = append(w.cluster.Nodes, observe.NodeFigures{Name: fmt.Sprintf("n%03d", i), Bots: 1})
		}
		text := w.scrape()
		if n := strings.Count(text, "\nhermod_cluster_bots{"); n != 101 {
			t.Errorf("%d series", n)
		}
		if want := `hermod_cluster_bots{cluster="prod",node="other"} 1050` + "\n"; !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	})
}
