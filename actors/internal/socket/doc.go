// Package socket is what a link does with its connection, below any actor: it dials through a proxy, or connects
// without waiting, makes the opening handshake with whatever has come of the answer, cuts WebSocket frames out of a
// byte stream and makes masked ones, reads without holding a buffer while it waits, waits for many quiet sockets on one
// goroutine, and writes what a socket takes without waiting.
//
//	conn, err := socket.Dial(ctx, "tcp", addr, url, true)
//	source := socket.NewSource(conn)
//	for {
//		data, err := source.Read()     // ErrQuiet after a while of silence, once Watch was called
//		parser.Feed(data, sink)        // payloads and control frames go to the sink
//		source.Release()
//	}
//
// A Poller serves TCP sockets, plain or below TLS, on Linux; everywhere else a source keeps its goroutine. Nothing here
// knows what the frames mean, and nothing logs.
//
// Imported by hermod/actors only.
package socket
