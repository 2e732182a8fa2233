// Package downstream is the connector that gateways behind Hermod see: one listener for all of them, each with the
// identity, the descriptors and the deliveries of its own bot.
//
//	connector ◀──── fleet: the bot's relay ──── downstream: connector.Connector ◀──── gateway
//
// What the relay brings is given to [Gateway.Deliver], which returns when the gateway's copy is safe: kept on disk, or,
// where nothing is kept, acknowledged by the gateway. The gateway's requests are begun on the bot's relay in their
// order, and answered with the connector's result or with the relay's own failure.
//
// In a cluster the gateways of other nodes' bots dial here, too: [Elsewhere] takes them there, and [Server.Open] serves
// those that other nodes have taken. A gateway whose bot goes to another node stays until the bot has drained, and is
// then closed with 1012.
//
// Follow learns from the fleet what the connector says of its platforms, which the gateways are told, and whose
// credential it has revoked, whose gateway is refused as the connector would refuse it.
package downstream
