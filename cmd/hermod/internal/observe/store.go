package observe

import (
	"github.com/prometheus/client_golang/prometheus"

	"hermod/cmd/hermod/internal/store"
)

var (
	lettersDesc = prometheus.NewDesc("hermod_dead_letters", "Deliveries that failed for good and are kept.", nil, nil)
	letterBytes = prometheus.NewDesc("hermod_dead_letter_bytes", "Bytes of the dead letters that are kept.", nil, nil)
	lettersDone = prometheus.NewDesc("hermod_dead_letters_total",
		"Dead letters by what became of them: kept, then replayed, discarded, or dropped to make room or for their age.", []string{"outcome"}, nil)
	writeErrors = prometheus.NewDesc("hermod_state_write_errors_total",
		"Times that the state folder could not be written.", nil, nil)
)

// storeCollector reads the store's figures when it is scraped.
type storeCollector func() store.Figures

// WatchStore has every scrape ask what is kept. It must be called once at most.
func (o *Observer) WatchStore(figures func() store.Figures) {
	o.registry.MustRegister(storeCollector(figures))
}

// Describe implements prometheus.Collector.
func (storeCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{lettersDesc, letterBytes, lettersDone, writeErrors} {
		descs <- desc
	}
}

// Collect implements prometheus.Collector.
func (s storeCollector) Collect(metrics chan<- prometheus.Metric) {
	now := s()
	metrics <- prometheus.MustNewConstMetric(lettersDesc, prometheus.GaugeValue, float64(now.Letters))
	metrics <- prometheus.MustNewConstMetric(letterBytes, prometheus.GaugeValue, float64(now.Bytes))
	metrics <- prometheus.MustNewConstMetric(writeErrors, prometheus.CounterValue, float64(now.WriteErrors))
	for outcome, n := range map[string]uint64{"kept": now.Kept, "replayed": now.Replayed, "discarded": now.Discarded,
		"dropped": now.Dropped} {
		metrics <- prometheus.MustNewConstMetric(lettersDone, prometheus.CounterValue, float64(n), outcome)
	}
}
