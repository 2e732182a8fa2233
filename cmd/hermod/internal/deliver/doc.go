// Package deliver takes a bot's deliveries to where its configuration says: to a webhook, into a stream of the HTTP API,
// or into a subprocess.
//
// Whatever the way, a delivery is acknowledged to the connector only after somebody has taken it, so that what dies with
// the daemon comes again. It then has the same id: it is made from what names the message, or else from the connector's
// name for the delivery, and the receiver recognises the repeat by it.
//
// Each way keeps what it holds in the handlers that the relay runs, which are bounded by limits.max_handlers: one
// delivery per session at a time, in order. What does not fit waits in the relay, and beyond its bounds at the connector.
package deliver
