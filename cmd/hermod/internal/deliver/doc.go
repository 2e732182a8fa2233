// Package deliver passes a bot's deliveries on as its configuration says: to a webhook, to a stream of the HTTP API, or
// to a subprocess.
//
// In each case a delivery is acknowledged to the connector only after the receiver has accepted it, so that what dies
// with the daemon is delivered again. The repeat has the same id, by which the receiver recognises it: the id is
// derived from the message's own id, or else from the connector's id of the delivery.
//
// What a webhook does not take for good is kept by DeadLetters, in package store, before it is acknowledged. They
// deliver it once more when somebody asks for it, through the deliverer that the bot has then.
//
// Deliveries that wait for their receiver are held by the relay's handlers, which limits.max_handlers bounds: one
// delivery per session at a time, in order. The rest wait in the relay, and beyond its bounds at the connector.
//
// Posts to webhooks and their connections, of all bots together, have a bound that leaves most descriptors to the bots'
// links. Receivers share it, and a post over it waits for its turn:
//
//	delivery ──▶ circuit of the URL ──▶ circuit of the host ──▶ gate, in the receiver's line ──▶ post
//
// A circuit that is open lets one post through at a time, as a probe. Every way of delivery tells the fleet when
// deliveries do not get through, and why: [hermod/cmd/hermod/internal/fleet.Health].
package deliver
