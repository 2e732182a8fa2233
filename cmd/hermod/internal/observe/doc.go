// Package observe lets operators see the daemon: Prometheus metrics, OpenTelemetry traces and Go's profiles.
//
//	o, err := observe.New(observe.Options{Config: current, ...})
//	f, err := fleet.New(fleet.Options{Observer: o, ...})
//	o.Watch(f)
//	o.Mount(mux)
//	server.Handler = o.Middleware(mux)
//	defer o.Close(ctx)
//
// Metrics of single bots are read from the fleet when they are asked for, and cost nothing in between. At most
// metrics.bots of the configuration have series of their own; the others are added up under the bot name "other", so that
// the number of series does not grow with the fleet. Counters never fall, whatever bots come, go or restart their relays.
// What connectors and clients choose (platforms, ops, close codes) is folded into a bounded set of label values.
//
// A trace begins with a delivery, or with the traceparent of a request to the HTTP API. Its spans are the delivery's
// handler, the HTTP request and the request to the connector. Nothing of a frame's content is in a metric, trace or log.
package observe
