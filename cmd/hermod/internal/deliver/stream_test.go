package deliver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
)

// ids returns what a new reader of the cursor gets at once.
func ids(t *testing.T, s *Stream, cursor string) (got []string) {
	t.Helper()
	r, err := s.Read(cursor)
	must(t, err)
	defer r.Close()
	items, _ := r.Next(1000)
	for _, item := range items {
		got = append(got, item.ID)
	}
	return got
}

func TestAnOfferWaitsForItsAcknowledgement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, taken := newStream(), make(chan error, 1)
		go func() { taken <- s.offer(background, "evt_1", []byte("{}\n")) }()
		synctest.Wait()
		if len(taken) > 0 || fmt.Sprint(ids(t, s, "")) != "[evt_1]" {
			t.Error("it did not wait")
		}
		if unknown := s.Acknowledge([]string{"evt_1", "evt_1"}); fmt.Sprint(unknown) != "[evt_1]" {
			t.Errorf("unknown are %v", unknown)
		}
		if err := <-taken; err != nil || len(ids(t, s, "")) != 0 {
			t.Errorf("error is %v", err)
		}
	})
}

func TestAnOfferIsWithdrawnWithItsContext(t *testing.T) {
	s := newStream()
	ctx, cancel := context.WithCancel(background)
	cancel()
	if err := s.offer(ctx, "evt_1", []byte("{}\n")); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "evt_1") {
		t.Errorf("error is %v", err)
	}
	if len(s.items) != 0 {
		t.Error("it is still there")
	}
}

func TestTheOldestInterruptsMakeRoomAndNewReadersGetNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, taken := newStream(), make(chan error, 1)
		go func() { taken <- s.offer(background, "evt_1", []byte("{}\n")) }()
		synctest.Wait()
		r, err := s.Read("")
		must(t, err)
		defer r.Close()
		items, news := r.Next(10)
		for i := range keptInterrupts + 5 {
			s.tell(fmt.Sprint("int_", i), []byte("{}\n"))
		}
		<-news
		told, _ := r.Next(1000)
		if len(told) != keptInterrupts || told[0].ID != "int_5" || told[0].Acknowledge {
			t.Errorf("%d interrupts, the first is %+v", len(told), told[0])
		}
		if fmt.Sprint(ids(t, s, "")) != "[evt_1]" || len(ids(t, s, items[0].Cursor)) != keptInterrupts {
			t.Error("a new reader got interrupts, or one that was away got none")
		}
		if unknown := s.Acknowledge([]string{"int_7", "evt_1"}); fmt.Sprint(unknown) != "[int_7]" {
			t.Errorf("unknown are %v", unknown)
		}
		must(t, <-taken)
	})
}

func TestInterruptsAreBoundedInBytes(t *testing.T) {
	s := newStream()
	cursor := s.epoch + "-0"
	for i := range 8 {
		s.tell(fmt.Sprint("int_", i), make([]byte, keptInterruptBytes/4))
	}
	if got := ids(t, s, cursor); fmt.Sprint(got) != "[int_4 int_5 int_6 int_7]" {
		t.Errorf("kept are %v", got)
	}
	s.tell("int_huge", make([]byte, keptInterruptBytes+1))
	if got := ids(t, s, cursor); len(got) != 0 || s.told != 0 || s.toldLen != 0 {
		t.Errorf("kept are %v", got)
	}
}

func TestAReaderThatLagsGetsSoMuchAtATimeAndMissesNothing(t *testing.T) {
	s := newStream()
	r, err := s.Read("")
	must(t, err)
	defer r.Close()
	for i := range 10 {
		s.tell(fmt.Sprint(i), []byte("{}\n"))
	}
	seen := ""
	for range 4 {
		items, _ := r.Next(3)
		for _, item := range items {
			seen += item.ID
		}
	}
	if seen != "0123456789" {
		t.Errorf("got %s", seen)
	}
}

func TestAReaderThatClosesLetsAnotherIn(t *testing.T) {
	s := newStream()
	var last *Reader
	for range MaxReaders {
		var err error
		last, err = s.Read("")
		must(t, err)
	}
	if _, err := s.Read(""); !errors.Is(err, ErrTooManyReaders) {
		t.Errorf("error is %v", err)
	}
	last.Close()
	_, err := s.Read("")
	must(t, err)
}
