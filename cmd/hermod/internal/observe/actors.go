package observe

import "github.com/prometheus/client_golang/prometheus"

// WatchActors has every scrape ask how many actors are active. It must be called once at most.
func (o *Observer) WatchActors(count func() int) {
	o.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hermod_actors",
		Help: "Actors that are active; bots at rest have none."}, func() float64 { return float64(count()) }))
}
