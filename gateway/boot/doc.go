// Package boot is the gateway's half of a connector's HTTP plane: what a gateway does before it dials, and beside it.
//
//	Client.Enroll        exchanges a one-time token for the gateway's credentials
//	Client.Provision     registers each platform, and keeps or gets the credentials
//	Client.DeclarePolicy says which messages are for the bot; a failure is for the log
//	Client.Media         uploads files for actions, downloads what events refer to
//	WakeHandler          the URL at which a connector wakes dormant relays
//
// # Guarantees
//
//   - Enroll and Provision try until the connector answers, on a ladder of delays, until their context ends. A refusal
//     is final: a *RefusedError that says what to do.
//   - A provisioning never blanks credentials in hand.
//   - A bearer goes to the connector's own origin and path and never across a redirect. Requests that post are not
//     redirected at all; a download follows up to five redirects without a bearer, never from https to http.
//   - Every body is bounded: wire.MaxBody for JSON, wire.MaxMedia for files, which are streamed.
//   - No error, and nothing told to Config.OnRetry, shows a token, a secret or a URL's query.
//
// Client and MediaClient are safe for concurrent use. The package may be imported by gateways and commands.
package boot
