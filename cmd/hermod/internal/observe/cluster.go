package observe

import (
	"github.com/prometheus/client_golang/prometheus"
)

// maxNodes is how many nodes have series of their own; the others, the last by name, are summed up.
const maxNodes = 100

// ClusterFigures are what a node knows of its cluster. All but Member and Cuts are the same at every node.
type ClusterFigures struct {
	Cluster string
	// Member says whether this node is one now; Cuts counts the times that it closed its bots' connections because its
	// lease was not certain.
	Member bool
	Cuts   int
	// Nodes are the members, by name.
	Nodes []NodeFigures
	// Unassigned are bots that no node has, Disabled those that operators switched off.
	Unassigned, Disabled int
}

// NodeFigures are those of one node: the bots that it has, and those that it cannot run.
type NodeFigures struct {
	Name        string
	Bots, Lacks int
	Draining    bool
}

var (
	clusterBotsDesc = prometheus.NewDesc("hermod_cluster_bots", "Bots that the node of the cluster has.",
		[]string{"cluster", "node"}, nil)
	clusterLacksDesc = prometheus.NewDesc("hermod_cluster_lacks",
		"Bots that the node of the cluster cannot run, for want of a secret perhaps.", []string{"cluster", "node"}, nil)
	clusterNodesDesc = prometheus.NewDesc("hermod_cluster_nodes", "Nodes of the cluster by state: member, or draining.",
		[]string{"cluster", "state"}, nil)
	clusterUnassignedDesc = prometheus.NewDesc("hermod_cluster_bots_unassigned",
		"Bots of the cluster that no node has, though they are to run.", []string{"cluster"}, nil)
	clusterDisabledDesc = prometheus.NewDesc("hermod_cluster_bots_disabled",
		"Bots of the cluster that an operator switched off.", []string{"cluster"}, nil)
	clusterMemberDesc = prometheus.NewDesc("hermod_cluster_member", "Whether this node is a member of the cluster.",
		[]string{"cluster"}, nil)
	clusterCutsDesc = prometheus.NewDesc("hermod_cluster_cuts_total",
		"Times that this node closed its bots' connections because its lease was not certain.", []string{"cluster"}, nil)
)

// clusterCollector shows the cluster as this node sees it.
type clusterCollector struct{ figures func() ClusterFigures }

// WatchCluster has every scrape show these figures. It must be called once at most.
func (o *Observer) WatchCluster(figures func() ClusterFigures) {
	o.registry.MustRegister(&clusterCollector{figures})
}

// Describe implements prometheus.Collector.
func (c *clusterCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{clusterBotsDesc, clusterLacksDesc, clusterNodesDesc, clusterUnassignedDesc,
		clusterDisabledDesc, clusterMemberDesc, clusterCutsDesc} {
		descs <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *clusterCollector) Collect(metrics chan<- prometheus.Metric) {
	f := c.figures()
	emit := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(desc, kind, value, append([]string{f.Cluster}, labels...)...)
	}
	states := map[string]int{"member": 0, "draining": 0}
	for _, n := range f.Nodes {
		if n.Draining {
			states["draining"]++
		} else {
			states["member"]++
		}
	}
	for _, n := range foldNodes(f.Nodes) {
		emit(clusterBotsDesc, prometheus.GaugeValue, float64(n.Bots), n.Name)
		emit(clusterLacksDesc, prometheus.GaugeValue, float64(n.Lacks), n.Name)
	}
	for state, nodes := range states {
		emit(clusterNodesDesc, prometheus.GaugeValue, float64(nodes), state)
	}
	emit(clusterUnassignedDesc, prometheus.GaugeValue, float64(f.Unassigned))
	emit(clusterDisabledDesc, prometheus.GaugeValue, float64(f.Disabled))
	emit(clusterMemberDesc, prometheus.GaugeValue, truth(f.Member))
	emit(clusterCutsDesc, prometheus.CounterValue, float64(f.Cuts))
}

// foldNodes sums up the nodes beyond the bound. A node that is named as the sum is in it.
func foldNodes(all []NodeFigures) (shown []NodeFigures) {
	rest := NodeFigures{Name: other}
	folded := false
	for _, n := range all {
		if len(shown) < maxNodes && n.Name != other {
			shown = append(shown, n)
			continue
		}
		rest.Bots, rest.Lacks, folded = rest.Bots+n.Bots, rest.Lacks+n.Lacks, true
	}
	if folded {
		shown = append(shown, rest)
	}
	return shown
}
