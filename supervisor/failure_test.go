package supervisor_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"hermod/supervisor"
)

func TestAFailureSaysWhatWasBeingDoneAndKeepsItsCause(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"dial", &supervisor.DialError{Err: io.EOF}, "dial connector: EOF"},
		{"refused upgrade", &supervisor.DialError{Status: 401, Err: io.EOF}, "dial connector: upgrade refused with HTTP 401 Unauthorized"},
		{"handshake", &supervisor.HandshakeError{Err: io.EOF}, "handshake with connector: EOF"},
		{"lost", &supervisor.LostError{Op: "keepalive", Err: io.EOF}, "connection lost during keepalive: EOF"},
		{"raised", &supervisor.Raised{Err: io.EOF}, "EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("text %q, want %q", got, tt.want)
			}
			if _, raised := tt.err.(*supervisor.Raised); !raised && !errors.Is(tt.err, io.EOF) {
				t.Error("the cause is lost")
			}
		})
	}
}

func TestOnlyARaisedPanicIsTakenForAFailure(t *testing.T) {
	raised := &supervisor.Raised{Err: io.EOF, HandshakeAt: time.Unix(1, 0)}
	if got := supervisor.AsRaised(raised); got != raised {
		t.Errorf("a raised failure became %v", got)
	}
	for _, reason := range []any{io.EOF, "text", 7} {
		var bug *supervisor.BugError
		if err := supervisor.AsRaised(reason).Err; !errors.As(err, &bug) || bug.Reason != reason || errors.Is(err, io.EOF) {
			t.Errorf("a panic with %v became %v", reason, err)
		}
	}
}

func TestRaiseEndsTheTurn(t *testing.T) {
	defer func() {
		if raised, ok := recover().(*supervisor.Raised); !ok || raised.Err != io.EOF ||
			!raised.HandshakeAt.Equal(time.Unix(1, 0)) {
			t.Error("Raise did not panic with what it was given")
		}
	}()
	supervisor.Raise(io.EOF, time.Unix(1, 0))
	t.Error("the turn went on")
}
