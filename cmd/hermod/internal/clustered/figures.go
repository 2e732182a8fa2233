package clustered

import "hermod/cmd/hermod/internal/observe"

// Figures are what metrics show of the cluster.
func (e *Everywhere) Figures() observe.ClusterFigures {
	status := e.Node.Status()
	f := observe.ClusterFigures{Cluster: e.Cluster, Member: status.Lease != 0, Cuts: status.Cuts}
	all := e.Map()
	if all == nil {
		return f
	}
	bots := make(map[string]int)
	for _, p := range all.Places {
		switch {
		case p.Node != "":
			bots[p.Node]++
		case p.Disabled:
			f.Disabled++
		default:
			f.Unassigned++
		}
	}
	for _, m := range all.Members {
		f.Nodes = append(f.Nodes, observe.NodeFigures{Name: m.Name, Bots: bots[m.Name], Lacks: m.Lacks, Draining: m.Drains})
	}
	return f
}
