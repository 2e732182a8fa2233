package messages

// ToWriter is what a connection's write half understands.
type ToWriter interface{ toWriter() }

// WriteRequests writes outbound frames; the writer counts these to tell afterwards which may have arrived.
type WriteRequests struct {
	forWriter
	// Bytes are the frames as they go over the socket, Ends the end of each.
	Bytes []byte
	Ends  []int
}

// WriteFrame writes any other frame. With Reply, which has room for one value, it tells whether the frame was queued.
type WriteFrame struct {
	forWriter
	Frame []byte
	Reply chan<- error
}

// WriteAck acknowledges a delivery.
type WriteAck struct {
	forWriter
	BufferID string
}

// WritePing sends a ping; WritePong answers one with the same payload, of at most 125 bytes.
type (
	WritePing struct{ forWriter }
	WritePong struct {
		forWriter
		Payload []byte
	}
)

// WriteClose sends a close frame after everything that waits; what comes after it is dropped. Done, which may be nil, is
// closed when the frame is on the socket or cannot get there.
type WriteClose struct {
	forWriter
	Code   int
	Reason string
	Done   chan<- struct{}
}

// Flushed says how many bytes a write took and why it stopped.
type Flushed struct {
	forWriter
	Bytes int
	Err   error
}

type forWriter struct{ quiet }

func (forWriter) toWriter() {}
