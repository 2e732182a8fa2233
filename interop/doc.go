// Package interop tests Hermod against WebSocket implementations that share no code with it: the npm package ws in
// node/ and Debian's python3-websockets in python/. Each has a small connector, which the engine and `hermod pipe`
// dial, and a small gateway, which dials package connector. The programs are also the shortest complete examples of
// either side of the link.
//
// The tests stand behind the build tag interop and fail, never skip, when a
// tool is missing:
//
//	make interop-deps interop
//
// A program reads commands and writes reports as JSON objects, one per line, on its standard streams, and ends with its
// input. To add a language, write two programs like those in python/ and add it to languages in process_test.go.
package interop
