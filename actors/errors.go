package actors

import (
	"errors"
	"fmt"
	"runtime/debug"

	"hermod/messages"
	"hermod/wire"
)

// Conditions that errors.Is finds in what this package returns.
var (
	// ErrNotConnected: the relay has no connection right now (before ready, in backoff, dormant, disabled, failed).
	ErrNotConnected = errors.New("relay transport not connected")
	// ErrClosed: the relay or the engine is closing or closed.
	ErrClosed = errors.New("relay transport closed")
	// ErrTimeout: no result within OutboundTimeout, or the call's own WithTimeout; the action may have been applied.
	ErrTimeout = errors.New("relay outbound timed out")
	// ErrConnectionLost: the connection ended after the frame was written; the action may have been applied.
	ErrConnectionLost = errors.New("relay transport connection lost")
	// ErrSendFailed: the frame did not reach the connector; sending again is safe.
	ErrSendFailed = errors.New("relay send failed")
	// ErrBusy: a bound is reached; sending again later is safe.
	ErrBusy = errors.New("relay busy")
	// ErrNameTaken: the engine has a relay of that name, maybe one that has ended. Close frees the name.
	ErrNameTaken = errors.New("relay name is taken")
	// ErrCloseTimeout: closing took longer than the caller's context allowed; see CloseTimeoutError.
	ErrCloseTimeout = errors.New("relay did not close in time")
)

// SendError is a failure of a request that Hermod made itself, not the connector. Unwrap gives the condition
// (ErrNotConnected, ErrTimeout …, or the context's error).
type SendError struct {
	// Reason is the condition.
	Reason error
	// Detail adds to it, or is empty.
	Detail string
	// Ambiguous says that the action may have been applied.
	Ambiguous bool
}

// Error gives the condition and its detail; the text is the same as in the Result.
func (e *SendError) Error() string {
	if e.Detail == "" {
		return e.Reason.Error()
	}
	return e.Reason.Error() + ": " + e.Detail
}

// Unwrap returns the condition.
func (e *SendError) Unwrap() error { return e.Reason }

// outcome turns the failure into what a waiter gets.
func (e *SendError) outcome() messages.Outcome {
	return messages.Outcome{Result: wire.Failure(e.Error(), e.Ambiguous), Err: e}
}

func sendFailed(format string, args ...any) *SendError {
	return &SendError{Reason: ErrSendFailed, Detail: fmt.Sprintf(format, args...)}
}

// CloseTimeoutError is what Close returns when its context ended first. It matches ErrCloseTimeout and the context's
// error. What could be cut off has been; a handler cannot, and goes on until it returns.
type CloseTimeoutError struct {
	// Handlers is how many handlers had not returned.
	Handlers int
	// Err is the context's error: context.DeadlineExceeded also when the context had no deadline and 10 s were over.
	Err error
}

// Error says how many handlers still run.
func (e *CloseTimeoutError) Error() string {
	switch e.Handlers {
	case 0:
		return ErrCloseTimeout.Error() + " and was cut off"
	case 1:
		return ErrCloseTimeout.Error() + ": a handler still runs"
	}
	return fmt.Sprintf("%v: %d handlers still run", ErrCloseTimeout, e.Handlers)
}

// Unwrap returns ErrCloseTimeout and the context's error.
func (e *CloseTimeoutError) Unwrap() []error { return []error{ErrCloseTimeout, e.Err} }

// EndedError says that a relay has ended, or is closing: it will not connect again.
type EndedError struct {
	// State is the final state: disabled, failed or closed.
	State State
	// Reason says what ended it, Hint what the user can do; both may be empty.
	Reason, Hint string
}

// Error says in which state the relay has ended, why, and what the user can do.
func (e *EndedError) Error() string {
	text := "relay is " + string(e.State)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// Is makes a closed relay's error match ErrClosed, and every other one ErrNotConnected.
func (e *EndedError) Is(target error) bool {
	if e.State == Closed {
		return target == ErrClosed
	}
	return target == ErrNotConnected
}

// PanicError is a panic of a handler or of Config.Dial, as the dead-letter handler, the status and the log see it.
type PanicError struct {
	// Value is what was passed to panic, Stack the goroutine's stack at that moment.
	Value any
	Stack []byte
}

// Error shows the value without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("gateway code panicked: %v", e.Value) }

// Guard runs code that was not written here, such as a gateway's, and turns a panic into a *PanicError.
func Guard(call func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return call()
}
