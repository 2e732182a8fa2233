package observe

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hermod/cmd/hermod/internal/access"
)

// WatchAccess has every scrape ask how many requests were refused. It must be called once at most.
func (o *Observer) WatchAccess(refusals interface{ Refusals(access.Reason) uint64 }) {
	for _, reason := range access.Reasons() {
		o.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "hermod_http_refused_requests_total",
			Help:        "Requests to this server that were refused, by reason; tokens are unknown_token, rate_limited, role and bot.",
			ConstLabels: prometheus.Labels{"reason": string(reason)}},
			func() float64 { return float64(refusals.Refusals(reason)) }))
	}
}

var expiryDesc = prometheus.NewDesc("hermod_http_certificate_expiry_timestamp_seconds",
	"When the certificate of a listener expires, in seconds since 1970, by the section of the configuration that names it.",
	[]string{"section"}, nil)

// expiries reads when certificates expire when it is scraped.
type expiries func() map[string]time.Time

// WatchCertificates has every scrape ask when the certificates of the server expire, by section of the configuration.
// It must be called once at most.
func (o *Observer) WatchCertificates(read func() map[string]time.Time) {
	o.registry.MustRegister(expiries(read))
}

// Describe implements prometheus.Collector.
func (e expiries) Describe(descs chan<- *prometheus.Desc) { descs <- expiryDesc }

// Collect implements prometheus.Collector.
func (e expiries) Collect(metrics chan<- prometheus.Metric) {
	for section, expires := range e() {
		metrics <- prometheus.MustNewConstMetric(expiryDesc, prometheus.GaugeValue, float64(expires.Unix()), section)
	}
}
