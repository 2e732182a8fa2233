package observe

import (
	"cmp"
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleetlog"
)

// maxConnectors is how many connectors have series of their own; the others, those with the fewest bots, are summed up.
const maxConnectors = 20

var (
	connectorBotsDesc = prometheus.NewDesc("hermod_connector_bots",
		"Bots that are to be connected to the connector and have been tried.", []string{"connector"}, nil)
	connectorDownDesc = prometheus.NewDesc("hermod_connector_bots_down",
		"Those that are not connected, by why their last connection ended; cause is preparation before the first dial.",
		[]string{"connector", "cause", "code"}, nil)
	connectorOutageDesc = prometheus.NewDesc("hermod_connector_outage",
		"Whether ten or more bots of the connector are down, as the log tells; for other, how many connectors are in that state.", []string{"connector"}, nil)
	connectorOutagesDesc = prometheus.NewDesc("hermod_connector_outages_total",
		"Times that an outage of the connector began.", []string{"connector"}, nil)
	connectorSkewDesc = prometheus.NewDesc("hermod_connector_clock_skew_seconds",
		"By how much the connector's clock is ahead of this machine's; for other, the one that differs most.", []string{"connector"}, nil)
	linesDroppedDesc = prometheus.NewDesc("hermod_log_lines_dropped_total",
		"Lines about bots that were not logged, because they were too many.", nil, nil)
)

// connectorCollector shows the account of the fleet's log.
type connectorCollector struct {
	figures func() *fleetlog.Figures
}

// WatchConnectors has every scrape show these figures. It must be called once at most.
func (o *Observer) WatchConnectors(figures func() *fleetlog.Figures) {
	o.registry.MustRegister(&connectorCollector{figures})
}

// Describe implements prometheus.Collector.
func (c *connectorCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{connectorBotsDesc, connectorDownDesc, connectorOutageDesc,
		connectorOutagesDesc, connectorSkewDesc, linesDroppedDesc} {
		descs <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *connectorCollector) Collect(metrics chan<- prometheus.Metric) {
	figures := c.figures()
	emit := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(desc, kind, value, labels...)
	}
	for name, f := range foldConnectors(figures.Connectors) {
		emit(connectorBotsDesc, prometheus.GaugeValue, float64(f.bots), name)
		emit(connectorOutageDesc, prometheus.GaugeValue, float64(f.outage), name)
		emit(connectorOutagesDesc, prometheus.CounterValue, float64(f.outages), name)
		emit(connectorSkewDesc, prometheus.GaugeValue, f.skew, name)
		for end, n := range f.down {
			emit(connectorDownDesc, prometheus.GaugeValue, float64(n), name, end.cause, end.code)
		}
	}
	emit(linesDroppedDesc, prometheus.CounterValue, float64(figures.LinesDropped))
}

// connectorSeries are the values of one connector's series, or of other.
type connectorSeries struct {
	bots, outage int
	outages      uint64
	skew         float64
	down         map[ending]int
}

// foldConnectors gives the connectors with the most bots series of their own.
func foldConnectors(all map[string]fleetlog.ConnectorFigures) map[string]connectorSeries {
	names := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(cmp.Compare(all[b].Bots, all[a].Bots), cmp.Compare(a, b))
	})
	folded := make(map[string]connectorSeries, min(len(names), maxConnectors+1))
	for i, name := range names {
		label := name
		if i >= maxConnectors || name == "" {
			label = other
		}
		s := folded[label]
		folded[label] = s.add(all[name])
	}
	return folded
}

func (s connectorSeries) add(f fleetlog.ConnectorFigures) connectorSeries {
	if s.down == nil {
		s.down = make(map[ending]int)
	}
	s.bots += f.Bots
	s.outages += f.Outages
	if f.Outage {
		s.outage++
	}
	if skew := f.Skew.Seconds(); skew*skew > s.skew*s.skew {
		s.skew = skew
	}
	for end, n := range f.Down {
		why := endingOf(end)
		if end == (actors.LinkEnd{}) {
			why = ending{cause: "preparation"}
		}
		s.down[why] += n
	}
	return s
}
