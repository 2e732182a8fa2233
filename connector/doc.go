// Package connector is the other half of a relay link: the server that gateways dial.
//
// It is for developing, testing and measuring gateways. It has no platform of its own: events are
// injected by the program that embeds it or through the control API, and every outbound action is
// recorded and answered, by default with success.
//
// # Guarantees
//
//   - An upgrade is always completed; a refusal is a close frame 4401 with the reason
//     "unauthorized" or "expired". One session lives per gateway id; a second is closed 1008.
//   - A delivery goes out live, without a bufferId, only to a gateway that is connected, has said
//     hello, is not idle and has nothing waiting. Every other delivery is written to disk and synced
//     before [Connector.Inject] returns, leaves in order once the gateway has said hello, at most
//     [Config.Window] of them unacknowledged at a time, and is forgotten only on its inbound_ack. What
//     was not acknowledged is sent again with the same bufferId after the next handshake, even if the
//     connector was restarted or killed in between.
//   - going_idle stops deliveries before its acknowledgement is written. The next hello ends it.
//   - A live delivery whose write fails moves into the buffer, in order. One that reached the socket's
//     buffer may be lost with the connection; [Config.BufferAll] prevents that too.
//   - Everything is bounded: lines, queues, the buffer of each gateway, the record of actions, and what is logged of
//     refusals: 20 lines of each kind, then one in 10 s that tells how many were left out.
//
// # A delivery's way
//
//	Inject ──live──▶ session queue ──▶ socket
//	   │                  │ write failed
//	   └──▶ buffer (bbolt, synced) ◀┘
//	           │ hello, window free
//	           └──▶ session queue ──▶ socket ──inbound_ack──▶ removed
//
// # HTTP plane
//
// Beside /relay the server answers POST /relay/enroll, /relay/provision, /relay/policy and
// /relay/media, and GET /relay/media/{id}, as wire/PROTOCOL.md describes them. Credentials are issued
// to the gateways of [Config.Tenants]. They and what gateways declare are kept in [Config.DataDir],
// unencrypted. A gateway's last two secrets are valid. An enrolment issues a new secret. A provisioning
// with the identity token returns the current secret, or the first one; a provisioning with the
// gateway's own token withholds it. A file belongs to one gateway.
//
// Each tenant has quotas: of gateways (403 beyond it), and of files and their bytes, where its oldest files are
// removed for new ones. At the bounds of the whole connector, whoever has most makes room for the others.
//
// A wake URL that a gateway registers may lead to public addresses and [Config.WakeNetworks] only. The address that is
// dialled counts, whatever the name led to before. No redirect is followed, no proxy asked, and the answer's body not
// read. URLs of [Config.WakeURLs] are the operator's own and may lead anywhere.
//
// # Control API
//
// With [Config.Dev] the server also answers under /dev/, on a loopback listener or a unix socket only, and refuses
// any request that carries an Origin or names a foreign Host.
//
//	POST /dev/inbound      {"gateway"?, "event"}                → {"delivery":"live"|"buffered","bufferId"?}
//	POST /dev/passthrough  {"gateway"?, "forward"}              → the same
//	POST /dev/interrupt    {"gateway"?, "session_key", "chat_id"}
//	POST /dev/close        {"gateway"?, "code", "reason"}
//	POST /dev/revoke       {"gateway"?}
//	POST /dev/restore      {"gateway"?}
//	POST /dev/cut          {"gateway"?}                          the socket is dropped inside a frame
//	POST /dev/wake         {"gateway"?}                          the gateway's wake URL is poked
//	GET  /dev/outbound?since=N                                  → [{seq, gateway, requestId, platform, botId, action}]
//	GET  /dev/boot                                              what every gateway declared over the HTTP plane
//	POST /dev/media?gateway=ID  raw bytes                       → {"id", "url", "size"}; a file for the gateway to read
//	GET  /dev/media/{id}                                        the bytes of any file
//	GET  /dev/state   → {"gateways":{ID:{connected, buffered, idle, revoked, identities}}}
//
// Errors are {"error": "..."}: 400 bad JSON or value, 403 foreign caller or a wake URL that leads inside, 404 unknown
// gateway or route, 405 wrong method, 409 not connected, 413 too large, 502 wake failed, 503 full or closing, 507 disk
// full. The gateway
// may be left out if at most one is configured.
//
// The package imports wire and gobwas/ws, and is imported by tests, benchmarks and commands only.
package connector
