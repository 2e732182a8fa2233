package observe

import (
	"github.com/prometheus/client_golang/prometheus"

	"hermod/cmd/hermod/internal/budget"
)

var (
	budgetLimitDesc = prometheus.NewDesc("hermod_budget_limit",
		"What the daemon may use of a resource: links, clients and posts are open connections; the others are bytes.",
		[]string{"resource"}, nil)
	budgetUsedDesc = prometheus.NewDesc("hermod_budget_used", "What the daemon uses of a resource that has a budget.",
		[]string{"resource"}, nil)
)

// budgets reads what is in use when it is scraped.
type budgets func() []budget.Use

// WatchBudget has every scrape ask what is in use. It must be called once at most.
func (o *Observer) WatchBudget(uses func() []budget.Use) { o.registry.MustRegister(budgets(uses)) }

// Describe implements prometheus.Collector.
func (budgets) Describe(descs chan<- *prometheus.Desc) {
	descs <- budgetLimitDesc
	descs <- budgetUsedDesc
}

// Collect implements prometheus.Collector.
func (b budgets) Collect(metrics chan<- prometheus.Metric) {
	for _, use := range b() {
		metrics <- prometheus.MustNewConstMetric(budgetLimitDesc, prometheus.GaugeValue, use.Limit, use.Resource)
		metrics <- prometheus.MustNewConstMetric(budgetUsedDesc, prometheus.GaugeValue, use.Used, use.Resource)
	}
}
