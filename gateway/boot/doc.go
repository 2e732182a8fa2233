// Package boot is a client of a connector's HTTP plane: what a gateway asks for before it dials, and beside the link.
//
//	Client.Enroll        exchanges a one-time token for the gateway's credentials
//	Client.Provision     registers each platform, and keeps or gets the credentials
//	Client.DeclarePolicy says which messages are for the bot; a failure is for the log
//	Client.Media         uploads files for actions, downloads what events refer to
//	WakeHandler          the URL at which a connector wakes dormant relays
//
// # Guarantees
//
//   - Enroll and Provision retry with growing delays until the connector answers or their context ends. A refusal is
//     final: a *RefusedError that says what to do.
//   - A provisioning never blanks credentials that the gateway has.
//   - The bearer token goes only to the connector's own origin and path, and never across a redirect. POST requests are
//     not redirected at all; a download follows up to five redirects without the token, and never from https to http.
//   - Every body is bounded: wire.MaxBody for JSON, wire.MaxMedia for files, which are streamed.
//   - No error, and nothing passed to Config.OnRetry, shows a token, a secret or a URL's query.
//
// Client and MediaClient are safe for concurrent use. The package may be imported by gateways and commands.
package boot
