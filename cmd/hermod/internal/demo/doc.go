// Package demo runs bots, a gateway and a connector in one process, makes trouble for them, and keeps an account that
// must balance in the end. It is 'hermod demo'.
//
//	script    who takes part and what happens when
//	server    the connector, gateway the bots' logic, traffic the platforms
//	ledger    what the platforms and the gateway see; account what it comes to
//	snapshot  what a view shows: live in a terminal, in plain lines elsewhere
package demo
