package cluster

import (
	"errors"
	"fmt"
)

// Conditions that errors.Is finds in what Node.Call returns.
var (
	// ErrNoBot: the cluster has no bot of this name.
	ErrNoBot = errors.New("the cluster has no such bot")
	// ErrNoOwner: no node ran the bot as long as the call could wait.
	ErrNoOwner = errors.New("no node runs the bot")
	// ErrTooLarge: the request or the answer does not fit into a message between nodes.
	ErrTooLarge = fmt.Errorf("more than %d bytes do not fit into a message between nodes", MaxBody)
	// ErrOverloaded: too many calls of the bot are under way.
	ErrOverloaded = errors.New("too many calls of the bot are under way")
	// ErrSchema: the bot's node is too old for this request.
	ErrSchema = errors.New("the bot's node is older and does not understand the request")
	// ErrIncompatible: the node has no version of the nodes' messages in common with a member, so it does not join.
	ErrIncompatible = errors.New("this node and the cluster do not understand each other")
	// ErrNotRunning: the bot is on its way out; what was asked was not carried out. Running.Serve may return it, and Call
	// asks again.
	ErrNotRunning = errors.New("the bot is on its way out")
	// ErrLost: the bot's node ended, or lost the bot, before it answered.
	ErrLost = errors.New("the bot's node lost the bot before it answered")
	// ErrNoNode: the node that is asked is no member.
	ErrNoNode = errors.New("the node is no member of the cluster")
	// ErrClosed: this node has left.
	ErrClosed = errors.New("this node has left the cluster")
)

// CallError is why a call brought no answer.
type CallError struct {
	Bot string
	// Node is who was asked; "" when nobody was.
	Node string
	// Ambiguous says that the request may have been carried out.
	Ambiguous bool
	Err       error
}

// Error says what failed, and where.
func (e *CallError) Error() string {
	text := fmt.Sprintf("ask bot %q", e.Bot)
	if e.Node != "" {
		text += " on node " + e.Node
	}
	text += ": " + e.Err.Error()
	if e.Ambiguous {
		text += "; it may have been carried out"
	}
	return text
}

// Unwrap returns the cause.
func (e *CallError) Unwrap() error { return e.Err }
