package cluster

import "time"

// MeasureEvery has a node that does not run yet look at its bots' traffic more often.
func (n *Node) MeasureEvery(d time.Duration) { n.cfg.measure = d }
