package cluster

import (
	"errors"
	"fmt"
	"net"
	"runtime/debug"

	"google.golang.org/grpc"

	"hermod/cluster/message"
)

const (
	// maxCarried bounds the streams of bytes that other nodes carry to a node at a time; further ones are refused.
	maxCarried = 16 << 10
	// carryWindow is how much of such a stream may be on its way unread, in bytes.
	carryWindow = 256 << 10
	// minChunk is what a quiet stream is read by, in bytes, so that it holds little. A busy one is read by maxPiece.
	minChunk = 1 << 10
)

// takeCarried serves carryMethod.
func (n *Node) takeCarried(stream grpc.ServerStream) error {
	select {
	case n.carried <- struct{}{}:
		defer func() { <-n.carried }()
	default:
		return refuse(stream, message.Failure_OVERLOADED, "")
	}
	r, known, err := requestOf(stream)
	switch {
	case err != nil:
		return err
	case !known:
		return refuse(stream, message.Failure_UNKNOWN_SCHEMA, "")
	}
	conn, err := n.openFor(r)
	switch {
	case errors.Is(err, ErrNotRunning):
		return refuse(stream, message.Failure_NOT_RUNNING, "")
	case errors.Is(err, ErrOverloaded):
		return refuse(stream, message.Failure_OVERLOADED, "")
	case err != nil:
		return refuse(stream, message.Failure_FAILED, err.Error())
	}
	defer func() { _ = conn.Close() }()
	if err := stream.SendMsg(&message.Answer{Schema: uint32(message.Schema)}); err != nil {
		return err
	}
	go func() { // it ends with the stream, which this call ends
		defer func() { _ = conn.Close() }()
		for piece := new(message.Call); stream.RecvMsg(piece) == nil && len(piece.Body) <= maxPiece; piece.Reset() {
			if _, err := conn.Write(piece.Body); err != nil {
				return
			}
		}
	}()
	_ = Pump(&AnswerWriter{stream}, conn)
	return nil
}

// openFor has the host take a stream; a panic of its costs one.
func (n *Node) openFor(r Request) (conn net.Conn, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			n.cfg.Logger.Error("a stream of another node could not be taken", "reason", reason, "stack", string(debug.Stack()))
			err = fmt.Errorf("the node's host panicked")
		}
	}()
	return n.cfg.Carried(r)
}
