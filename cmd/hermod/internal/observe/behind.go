package observe

import (
	"github.com/prometheus/client_golang/prometheus"

	"hermod/cmd/hermod/internal/downstream"
)

var (
	gatewaysDesc = prometheus.NewDesc("hermod_gateways",
		"Gateways behind Hermod by state: connected, idle, or absent.", []string{"state"}, nil)
	gatewayKept = prometheus.NewDesc("hermod_gateway_deliveries",
		"Deliveries that gateways behind Hermod have not acknowledged.", nil, nil)
	gatewayBytes = prometheus.NewDesc("hermod_gateway_delivery_bytes", "Bytes of these deliveries.", nil, nil)
	gatewayFull  = prometheus.NewDesc("hermod_gateway_fullest_ratio",
		"How full the fullest of what is kept for a gateway is, by number or bytes, 0 to 1; at 1 its connector waits.", nil, nil)
	gatewayOldest = prometheus.NewDesc("hermod_gateway_oldest_seconds",
		"For how long the oldest delivery waits for a gateway behind Hermod, 0 when none does.", nil, nil)
)

// gatewayCollector reads the figures when it is scraped.
type gatewayCollector func() downstream.Figures

// WatchGateways has every scrape ask how the gateways behind Hermod are. It must be called once at most.
func (o *Observer) WatchGateways(figures func() downstream.Figures) {
	o.registry.MustRegister(gatewayCollector(figures))
}

// Describe implements prometheus.Collector.
func (gatewayCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{gatewaysDesc, gatewayKept, gatewayBytes, gatewayFull, gatewayOldest} {
		descs <- desc
	}
}

// Collect implements prometheus.Collector.
func (g gatewayCollector) Collect(metrics chan<- prometheus.Metric) {
	now := g()
	emit := func(desc *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	emit(gatewaysDesc, float64(now.Connected), "connected")
	emit(gatewaysDesc, float64(now.Idle), "idle")
	emit(gatewaysDesc, float64(now.Absent), "absent")
	emit(gatewayKept, float64(now.Kept))
	emit(gatewayBytes, float64(now.KeptBytes))
	emit(gatewayFull, now.Fullest)
	emit(gatewayOldest, age(now.Oldest))
}
