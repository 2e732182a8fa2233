// Package wiretest is a scripted connector for tests: the far end of a relay
// link that does exactly what the test tells it to, good or bad.
//
// A [Server] stands in for the connector process and a [Conn] for one
// WebSocket connection to it. [New] keeps everything in memory, so a test can
// run inside a testing/synctest bubble: every wait is durably blocking, no
// timer runs unless the test asked for one, and no goroutine outlives
// [Server.Close]. [Listen] offers the same script over real TCP, for failures
// that only a kernel produces, such as a reset right behind a close frame.
//
//	srv := wiretest.New(t)                  // closed when the test ends
//	cfg.URL, cfg.Dial = srv.URL(), srv.Dial // the client under test dials it
//	...
//	conn := srv.Accept()                    // upgrade done, Authorization recorded
//	conn.Handshake()                        // hello in, descriptor out
//	conn.SendInbound(wiretest.Event("discord", "c1", "m1", "hi"), "b1")
//	conn.Expect(wire.KindInboundAck)
//	conn.CloseWith(wire.CloseUnauthorized, "unauthorized")
//
// The test fails if the gateway does something that it must never do: an unmasked or fragmented
// frame, a binary message, a message that is not one whole line ended by a newline, or one of 1
// MiB and more.
//
// # How to extend
//
// A new way to refuse or delay a connection is an [Answer] (answer.go): add
// the constructor there and its case in Server.Dial or Server.upgrade. A new
// thing to say to the gateway is a method in send.go that ends in Conn.write,
// which puts the whole of it into one Write so that nothing interleaves. A
// new thing to learn about the gateway is a field filled by Conn.take
// (pump.go) under Conn.mu, with a broadcast, and an accessor or a waiting
// method in expect.go built on waitFor. Waiting goes through sync.Cond or
// channels, never through a held mutex: a goroutine that waits for a mutex
// stops a synctest clock.
package wiretest
