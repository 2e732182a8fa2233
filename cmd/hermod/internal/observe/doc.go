// Package observe exports the daemon's Prometheus metrics, OpenTelemetry traces and Go profiles. README.md in this
// folder is the manual.
//
//	o, err := observe.New(observe.Options{Config: current, ...})
//	f, err := fleet.New(fleet.Options{Observer: o, ...})
//	o.Watch(f)
//	o.Mount(mux)
//	server.Handler = o.Middleware(mux)
//	defer o.Close(ctx)
//
// Metrics of single bots are read from the fleet at each scrape and cost nothing in between. At most metrics.bots bots
// have series of their own. The others are summed under the bot name "other", so the number of series does not grow
// with the fleet. Counters never fall, even if bots come, go or restart their relays. Values that connectors and
// clients choose (platforms, ops, close codes) are mapped to a bounded set of labels.
//
// A trace begins with a delivery, or with the traceparent of a request to the HTTP API. Its spans are the delivery's
// handler, the HTTP request and the request to the connector. No metric, trace or log shows a frame's content.
package observe
