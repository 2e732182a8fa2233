package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"hermod/cluster/message"
)

const (
	// askMethod is served by every node beside what the framework serves: rpc Ask(Call) returns (stream Answer).
	askMethod = "/hermod.cluster.Peer/Ask"
	// AskTimeout is how soon a node that is asked must begin to answer.
	AskTimeout = 2 * time.Second
	// askWindow is how much of an answer may be on its way unread, in bytes.
	askWindow = 64 << 10
)

// Ask asks another member for what is no single bot's, or what goes on: the answer comes in pieces, no faster than it
// is read. Its length has no bound, that of a piece and of the request is MaxBody. The node must begin to answer within
// AskTimeout; after that the answer lasts until its end, the end of ctx or Close, or until the node is silent for
// longer than gRPC's keepalive allows. errors.Is finds ErrNoNode, ErrSchema, ErrOverloaded or ErrTooLarge in the error.
func (n *Node) Ask(ctx context.Context, node string, r Request) (*Stream, error) {
	s, err := n.open(ctx, byAsking, node, r)
	if err != nil {
		return nil, fmt.Errorf("ask node %s: %w", node, err)
	}
	return s, nil
}

// manner is how a stream between two nodes goes: Ask's, or Carry's.
type manner struct {
	method string
	desc   *grpc.StreamDesc
}

var byAsking = manner{askMethod, &grpc.StreamDesc{ServerStreams: true}}

// open begins a stream to another member, which must begin to answer within AskTimeout.
func (n *Node) open(ctx context.Context, m manner, node string, r Request) (*Stream, error) {
	call := &message.Call{Schema: uint32(message.Oldest), Method: r.Method, Meta: r.Meta, Body: r.Body}
	if proto.Size(call) > MaxBody {
		return nil, ErrTooLarge
	}
	conn, err := n.linkTo(node)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	late := time.AfterFunc(AskTimeout, func() { cancel(fmt.Errorf("no answer within %v", AskTimeout)) })
	s, err := m.begin(ctx, conn, call)
	if err != nil || !late.Stop() {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		cancel(nil)
		return nil, understood(err)
	}
	s.cancel = cancel
	return s, nil
}

// begin sends the call, and the end of what is sent where nothing follows it, and waits for the first piece.
func (m manner) begin(ctx context.Context, conn *grpc.ClientConn, call *message.Call) (*Stream, error) {
	raw, err := conn.NewStream(ctx, m.desc, m.method)
	if err != nil {
		return nil, err
	}
	if err := raw.SendMsg(call); err != nil && !errors.Is(err, io.EOF) { // why it ended is what is read
		return nil, err
	}
	if !m.desc.ClientStreams {
		if err := raw.CloseSend(); err != nil {
			return nil, err
		}
	}
	s := &Stream{raw: raw}
	if err := s.next(); err != nil {
		return nil, err
	}
	return s, nil
}

// Stream is a node's answer. One goroutine reads it.
type Stream struct {
	// Meta is what the node said of the answer.
	Meta   map[string]string
	raw    grpc.ClientStream
	cancel context.CancelCauseFunc
	unread []byte
}

// Read implements io.Reader. The error is io.EOF where the answer is whole.
func (s *Stream) Read(p []byte) (int, error) {
	for len(s.unread) == 0 {
		if err := s.next(); err != nil {
			return 0, understood(err)
		}
	}
	n := copy(p, s.unread)
	s.unread = s.unread[n:]
	return n, nil
}

// Close ends the answer; the node notices.
func (s *Stream) Close() error {
	s.cancel(nil)
	return nil
}

// next takes the next piece.
func (s *Stream) next() error {
	piece := new(message.Answer)
	if err := s.raw.RecvMsg(piece); err != nil {
		return err
	}
	switch piece.Failure {
	case message.Failure_NONE:
		if len(piece.Body) > maxPiece {
			return errPiece
		}
	case message.Failure_UNKNOWN_SCHEMA:
		return ErrSchema
	case message.Failure_OVERLOADED:
		return ErrOverloaded
	case message.Failure_NOT_RUNNING:
		return ErrNotRunning
	default:
		return errors.New(piece.Detail)
	}
	if s.Meta == nil {
		s.Meta = piece.Meta
	}
	s.unread = piece.Body
	return nil
}

// understood gives gRPC's errors the package's names.
func understood(err error) error {
	if status.Code(err) == codes.Unimplemented {
		return ErrSchema
	}
	return err
}
