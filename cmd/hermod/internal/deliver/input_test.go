package deliver

import (
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cmd/hermod/internal/fleet"
)

func TestAProcessThatDoesNotReadIsSeenAndSoIsThatItReadsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := make(chan fleet.Health, 10)
		u := &upkeep{report: func(h fleet.Health) { told <- h }, health: fleet.Health{Restarts: 3}}
		near, far := net.Pipe()
		in := &input{Writer: near, upkeep: u}
		began, written := time.Now(), make(chan error)
		go func() {
			_, err := in.Write(make([]byte, 100))
			written <- err
		}()
		time.Sleep(readPatience - 1)
		synctest.Wait()
		if len(told) != 0 {
			t.Errorf("too early told is %v", <-told)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		h := u.now()
		if len(told) != 1 || h.State != fleet.Unread || h.Since != began || h.Err == "" || h.Hint == "" || h.Restarts != 3 {
			t.Errorf("%d are told; health is %+v", len(told), u.now())
		}
		go func() { _, _ = io.Copy(io.Discard, far) }()
		must(t, <-written)
		if len(told) != 2 || u.now() != (fleet.Health{Restarts: 3}) {
			t.Errorf("%d are told; health is %+v", len(told), u.now())
		}
		for range 100 {
			_, err := in.Write(make([]byte, 100))
			must(t, err)
			time.Sleep(time.Minute)
		}
		if len(told) != 2 {
			t.Errorf("of a process that reads, %d are told", len(told))
		}
		must(t, near.Close())
	})
}

func TestAProcessThatCrashedIsNotSaidToReadWhatItDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &upkeep{report: func(fleet.Health) {}}
		u.ended(io.ErrUnexpectedEOF, time.Now())
		u.unread(time.Now(), new(atomic.Bool))
		u.reads()
		if h := u.now(); h.State != fleet.Failing || h.Failures != 1 {
			t.Errorf("health is %+v", h)
		}
	})
}

func TestAProcessThatDoesNotReadIsNotSaidToWorkBecauseItStaysUp(t *testing.T) {
	u := &upkeep{report: func(fleet.Health) {}}
	u.unread(time.Now(), new(atomic.Bool))
	u.stays()
	if h := u.now(); h.State != fleet.Unread {
		t.Errorf("health is %+v", h)
	}
}
