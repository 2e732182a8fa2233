// Package check asks a gateway or a connector whether it keeps the protocol of wire/PROTOCOL.md.
//
// [Connector] plays a gateway against a connector, [Gateway] a connector that a gateway dials. Each rule that can be
// seen from outside is one [Check] with a name and the section of the protocol that it is from. A [Suite] runs its
// checks one after the other; each gives a [Result]: ok, broken with what was sent, what came and what was expected, or
// not applicable with the reason.
//
//	suite, err := check.Connector(check.ConnectorTarget{URL: url, GatewayID: "g1", Secret: secret})
//	...
//	defer suite.Close()
//	report := suite.Run(ctx, check.Options{})
//
// # Guarantees
//
//   - Every check ends: it has a deadline of its own, and everything that it opened is closed then.
//   - A fault is reported by the check that is meant for it. Checks that can't get as far because of a fault of another
//     kind are not applicable, and name the check that failed.
//   - Nothing is sent to a chat, and nothing is changed that lasts, unless [Options.Destructive] or the target's Chat
//     allows it. The deliveries of others that arrive meanwhile are not acknowledged, so they stay the gateway's.
//   - No secret and no token is part of a result.
//   - Checks that wait for long are [Check.Slow] and run only with [Options.Slow]. They work in virtual time: every
//     connection comes from the target's Dial or Listener, and nothing else waits for the network.
//
// # How to add a check
//
// Write a function in the file of its subject, and name it in the table there. It gets a player, and says what it found
// with broken and notApplicable, which end it; returning is ok. Plant the fault in the tests' own connector or gateway
// (fake_connector_test.go, fake_gateway_test.go) and name both in faults_test.go: the test fails for a check without a
// planted fault.
//
// The package imports wire and gobwas/ws, and is imported by commands and tests.
package check
