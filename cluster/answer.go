package cluster

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"hermod/cluster/message"
)

const (
	// maxAsked bounds the questions of other nodes that a node answers at a time; further ones are refused.
	maxAsked = 8192
	// maxPiece is how much of an answer is one message, in bytes.
	maxPiece = 32 << 10
)

// errPiece: the other node sent what no node sends.
var errPiece = errors.New("a piece is larger than nodes send")

// answerNode implements grpc.StreamHandler, for what other nodes ask by Ask, and bring by Carry.
func (n *Node) answerNode(_ any, asked grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(asked)
	if method == carryMethod && n.cfg.Carried != nil {
		return n.takeCarried(asked)
	}
	if method != askMethod || n.cfg.Answer == nil {
		return status.Errorf(codes.Unimplemented, "this node does not serve %.80s", method)
	}
	select {
	case n.asked <- struct{}{}:
		defer func() { <-n.asked }()
	default:
		return refuse(asked, message.Failure_OVERLOADED, "")
	}
	r, known, err := requestOf(asked)
	switch {
	case err != nil:
		return err
	case !known:
		return refuse(asked, message.Failure_UNKNOWN_SCHEMA, "")
	}
	if err := n.serveNode(asked.Context(), r, &AnswerWriter{asked}); err != nil {
		return refuse(asked, message.Failure_FAILED, err.Error())
	}
	return nil
}

// requestOf takes the call that a stream begins with, and says whether this node knows the schema of it.
func requestOf(stream grpc.ServerStream) (r Request, known bool, err error) {
	var call message.Call
	if err := stream.RecvMsg(&call); err != nil {
		return Request{}, false, err
	}
	known = call.Schema <= uint32(message.Schema) && call.Schema >= uint32(message.Oldest)
	return Request{Method: call.Method, Meta: call.Meta, Body: call.Body}, known, nil
}

// refuse says why a stream is not served, or no longer.
func refuse(stream grpc.ServerStream, why message.Failure, detail string) error {
	return stream.SendMsg(&message.Answer{Schema: uint32(message.Schema), Failure: why, Detail: detail})
}

// serveNode has the host answer; a panic of its costs one answer.
func (n *Node) serveNode(ctx context.Context, r Request, w *AnswerWriter) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			n.cfg.Logger.Error("the answer to another node failed", "reason", reason, "stack", string(debug.Stack()))
			err = fmt.Errorf("the node's host panicked")
		}
	}()
	return n.cfg.Answer(ctx, r, w)
}

// AnswerWriter takes the answer to another node. Its methods wait while the other node does not read, and fail once it
// has gone. One goroutine uses it, until Config.Answer returns.
type AnswerWriter struct{ asked grpc.ServerStream }

// Begin says what the answer is about. It is called once, before Write.
func (w *AnswerWriter) Begin(meta map[string]string) error {
	first := &message.Answer{Schema: uint32(message.Schema), Meta: meta}
	if proto.Size(first) > MaxBody {
		return ErrTooLarge
	}
	return w.asked.SendMsg(first)
}

// Write implements io.Writer: what does not fit into one message goes into several.
func (w *AnswerWriter) Write(p []byte) (n int, err error) {
	for n < len(p) {
		piece := p[n:min(len(p), n+maxPiece)]
		if err := w.asked.SendMsg(&message.Answer{Schema: uint32(message.Schema), Body: piece}); err != nil {
			return n, err
		}
		n += len(piece)
	}
	return n, nil
}
