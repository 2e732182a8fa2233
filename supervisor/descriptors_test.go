package supervisor_test

import (
	"net"
	"os"
	"syscall"
	"testing"

	"hermod/supervisor"
)

func TestADialWithoutADescriptorBlamesTheLimitAndNotTheConnector(t *testing.T) {
	dial := func(err syscall.Errno) error {
		return &supervisor.DialError{Err: &net.OpError{Op: "dial", Err: os.NewSyscallError("socket", err)}}
	}
	for err, blamed := range map[syscall.Errno]bool{
		syscall.EMFILE: true, syscall.ENFILE: true, syscall.ECONNREFUSED: false,
	} {
		verdict, _ := supervisor.Policy{}.Judge(supervisor.Failure{Err: dial(err)}, supervisor.History{}, 0)
		if (verdict.Hint == supervisor.DescriptorHint) != blamed || verdict.Hint == "" || verdict.Outcome != supervisor.Retry {
			t.Errorf("%v: %+v", err, verdict)
		}
	}
}
