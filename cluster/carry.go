package cluster

import (
	"context"
	"fmt"

	"google.golang.org/grpc"

	"hermod/cluster/message"
)

// carryMethod is served by every node: rpc Carry(stream Call) returns (stream Answer). The first call says what the
// bytes are for; the first answer that they are taken, or why not. What follows is bytes, in both directions.
const carryMethod = "/hermod.cluster.Peer/Carry"

var byCarrying = manner{carryMethod, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}}

// Carry opens a stream of bytes to another member, for what the request says; that must take it within AskTimeout. It
// lasts until either side ends it, until ctx ends, or until the node is silent for longer than gRPC's keepalive allows.
// In each direction at most 64 KiB, or 256 KiB towards the node, wait to be read. errors.Is finds ErrNoNode, ErrSchema,
// ErrOverloaded, ErrNotRunning or ErrTooLarge in the error.
func (n *Node) Carry(ctx context.Context, node string, r Request) (*Carried, error) {
	s, err := n.open(ctx, byCarrying, node, r)
	if err != nil {
		return nil, fmt.Errorf("carry to node %s: %w", node, err)
	}
	return &Carried{answers: s}, nil
}

// Carried is a stream of bytes to and from another node. One goroutine may read while another one writes; CloseWrite
// belongs to the writer. Close may be called by anybody, several times.
type Carried struct{ answers *Stream }

// Read implements io.Reader. The error is io.EOF where the node has ended the stream in order.
func (c *Carried) Read(p []byte) (int, error) { return c.answers.Read(p) }

// Write implements io.Writer. It waits while the node does not read. The bytes are not referred to afterwards.
func (c *Carried) Write(p []byte) (n int, err error) {
	for n < len(p) {
		piece := p[n:min(len(p), n+maxPiece)]
		if err := c.answers.raw.SendMsg(&message.Call{Schema: uint32(message.Oldest), Body: piece}); err != nil {
			return n, understood(err)
		}
		n += len(piece)
	}
	return n, nil
}

// CloseWrite says that no more bytes follow.
func (c *Carried) CloseWrite() error { return c.answers.raw.CloseSend() }

// Close ends the stream at once, in both directions.
func (c *Carried) Close() error { return c.answers.Close() }
