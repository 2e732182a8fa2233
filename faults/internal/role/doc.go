// Package role is the processes of the lab that are not the daemon: the connector with its platform, a gateway that
// embeds the engine, a receiver of webhooks that reads a stream as well, and the daemon's subprocess. Each keeps a
// journal. What a handler is to do with an event stands in the event's text; see Order.
package role
