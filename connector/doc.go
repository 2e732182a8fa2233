// Package connector is the other half of a relay link: the server that gateways dial.
//
// It is for developing, testing and measuring gateways. It has no platform of its own: events are
// injected by the program that embeds it or through the control API, and every outbound action is
// recorded and answered, by default with success.
//
// # Guarantees
//
//   - An upgrade is always completed; a refusal is a close frame 4401 with the reason
//     "unauthorized" or "expired". One session lives per gateway id. When a second one comes, the first is pinged: if
//     anything comes from it within 3 s, the second is closed 1008; if not, the first is closed 4000 and the second
//     takes its place.
//   - Every delivery is written to disk and synced before [Connector.Inject] returns, leaves in order once the gateway
//     has said hello, at most [Config.Window] of them unacknowledged at a time, and is forgotten only on its
//     inbound_ack. What was not acknowledged is sent again with the same bufferId after the next handshake, even if the
//     connector was restarted or killed in between.
//   - A passthrough_forward is forgotten without an acknowledgement, too, until the session's gateway has acknowledged
//     one or has shown that it does: when it answers a ping that followed it. Released gateways never acknowledge it.
//   - No message is larger than what the gateway showed at its upgrade that it takes (see [wire.Abilities]), or 1 MiB.
//     Larger events are refused while that is known, and set aside if it turns out later.
//   - A delivery that the gateway cannot take is set aside, and holds up nothing.
//   - going_idle stops deliveries before its acknowledgement is written. The next hello ends it.
//   - With [Config.Live], a delivery to a gateway that is connected, has said hello, is not idle and has nothing
//     waiting is sent at once, without a bufferId. If its write fails it moves into the buffer, in order. One that
//     reached the socket's buffer is lost when the gateway is frozen or the connection breaks.
//   - Everything is bounded: lines, queues, the buffer of each gateway, the record of actions, and what is logged of
//     refusals: 20 lines of each kind, then one in 10 s that tells how many were left out.
//
// # A delivery's way
//
//	Inject ──▶ buffer (bbolt, synced) ◀──────────────────────┐
//	   │          │ hello, window free                        │ connection ended
//	   │          └──▶ session queue ──▶ socket ──inbound_ack──┴──▶ removed
//	   │                                   │ cannot be taken
//	   │                                   └──▶ set aside ──▶ replayed, or discarded
//	   └──Config.Live──▶ session queue ──▶ socket
//
// # Set aside
//
// A delivery is set aside
//
//   - before it is sent, if its message is larger than what the gateway takes;
//   - when the gateway closes with 1009: the largest that it had not acknowledged;
//   - when 5 connections ended while the gateway had it, the last of them while it had nothing else. From the third on
//     it is sent alone; once it has been with the gateway for 30 s it is no longer suspected. Closes with 1000, 1001,
//     1012 and 1013, and ends that the connector's user asked for, do not count. While the gateway acknowledges
//     nothing, each further one needs twice as many, up to 320: a gateway that ends at everything keeps its backlog.
//
// It stays on disk until it is replayed, in its old place, or discarded. At [Config.MaxSetAside] and MaxSetAsideBytes
// the oldest one is lost, and logged as an error.
//
// # HTTP plane
//
// Beside /relay the server answers POST /relay/enroll, /relay/provision, /relay/policy and
// /relay/media, and GET /relay/media/{id}, as wire/PROTOCOL.md describes them. Credentials are issued
// to the gateways of [Config.Tenants]. They and what gateways declare are kept in [Config.DataDir],
// unencrypted. A gateway's last two secrets are valid. An enrolment issues a new secret. A provisioning
// with the identity token returns the current secret, or the first one; a provisioning with the
// gateway's own token withholds it. A file is readable by the gateways of one tenant, or
// by those of the configuration, for [Config.MediaLife].
//
// Each tenant has quotas: of gateways (403 beyond it), and of files and their bytes, where its oldest files are
// removed for new ones. At the bounds of the whole connector, whoever has most makes room for the others.
//
// A wake URL that a gateway registers may lead to public addresses and [Config.WakeNetworks] only. The address that is
// dialled counts, whatever the name led to before. No redirect is followed, no proxy asked, and the answer's body not
// read. The call is a plain GET, made at most once per [Config.WakeCooldown] while something waits. URLs of
// [Config.WakeURLs] are the operator's own and may lead anywhere.
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
//	GET  /dev/set-aside?gateway=ID   → {"gateways":{ID:[{bufferId, kind, size, reason, since}]}}
//	GET  /dev/set-aside/{bufferId}?gateway=ID                   the event or the forward
//	POST /dev/set-aside/replay   {"gateway"?, "bufferId" or "all":true}
//	POST /dev/set-aside/discard  {"gateway"?, "bufferId" or "all":true}
//	GET  /dev/outbound?since=N                                  → [{seq, gateway, requestId, platform, botId, action}]
//	GET  /dev/boot                                              what every gateway declared over the HTTP plane
//	POST /dev/media?gateway=ID  raw bytes                       → {"id", "url", "size"}; a file for the gateway to read
//	GET  /dev/media/{id}                                        the bytes of any file
//	GET  /dev/state   → {"gateways":{ID:{connected, buffered, setAside, idle, revoked,
//	                                     identities, commands?}}}
//
// Errors are {"error": "..."}: 400 bad JSON or value, 403 foreign caller or a wake URL that leads inside, 404 unknown
// gateway, route or delivery, 405 wrong method, 409 not connected, 413 too large, 502 wake failed, 503 full or closing,
// 507 disk full. The gateway may be left out if at most one is configured.
//
// The package imports wire and gobwas/ws, and is imported by tests, benchmarks and commands only.
package connector
