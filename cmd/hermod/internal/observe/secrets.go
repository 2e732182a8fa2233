package observe

import (
	"github.com/prometheus/client_golang/prometheus"

	"hermod/cmd/hermod/internal/config"
)

var secretWrittenDesc = prometheus.NewDesc("hermod_secret_written_timestamp_seconds",
	"When the oldest file of the secrets of a key of the configuration was written, in seconds since 1970.",
	[]string{"key"}, nil)

// secretAges shows how old the secrets of the configuration are that is in use when it is scraped.
type secretAges struct{ config func() *config.Config }

// Describe implements prometheus.Collector.
func (s secretAges) Describe(descs chan<- *prometheus.Desc) { descs <- secretWrittenDesc }

// Collect implements prometheus.Collector.
func (s secretAges) Collect(metrics chan<- prometheus.Metric) {
	cfg := s.config()
	if cfg == nil {
		return
	}
	for key, written := range cfg.SecretsWritten {
		metrics <- prometheus.MustNewConstMetric(secretWrittenDesc, prometheus.GaugeValue, float64(written.Unix()), key)
	}
}
