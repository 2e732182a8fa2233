// Package interop tests Hermod against WebSocket implementations that share no code with it: the npm package ws in
// node/ and Debian's python3-websockets in python/. Each has a small connector, which the engine and `hermod pipe`
// dial, and a small gateway, which dials package connector. The programs are also the shortest complete examples of
// either side of the link.
//
// Each also has the half of the link that released gateways have, relay.py and relay.mjs, which never acknowledges a
// passthrough, takes 1 MiB at most, freezes and dials twice: released.* does what a test says, against the command
// `hermod connector`. keeper.* keeps an account of each event and send, for rounds in which the gateway, `hermod run`
// before it and the connector are killed at random; `make rounds` plays 20 large ones, and with
// HERMOD_SEED=7 HERMOD_ROUNDS=1 one of them again.
//
// The tests stand behind the build tag interop and fail, never skip, when a
// tool is missing:
//
//	make interop-deps interop
//
// A program reads commands and writes reports as JSON objects, one per line, on its standard streams, and ends with its
// input. To add a language, write two programs like those in python/ and add it to languages in process_test.go.
package interop
