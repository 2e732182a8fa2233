package pipe

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

var errGivenUp = errors.New("given up")

// slowOutput takes one write at a time, when the test lets it.
type slowOutput struct {
	writes  chan []byte
	proceed chan error
}

func (w *slowOutput) Write(b []byte) (int, error) {
	w.writes <- append([]byte(nil), b...)
	return len(b), <-w.proceed
}

func TestRecorderGathersWhatComesWhileItIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slowOutput{writes: make(chan []byte), proceed: make(chan error)}
		r := newRecorder(w, "the output")
		var written atomic.Int32
		put := func(line string) {
			if err := r.put(t.Context(), []byte(line)); err != nil {
				t.Error(err)
			}
			written.Add(1)
		}
		go put("first\n")
		first := <-w.writes
		for range 4 {
			go put("more\n")
		}
		synctest.Wait()
		if written.Load() > 0 {
			t.Error("a put returned before its write")
		}
		w.proceed <- nil
		second := <-w.writes
		w.proceed <- nil
		synctest.Wait()
		if string(first) != "first\n" || string(second) != strings.Repeat("more\n", 4) || written.Load() != 5 {
			t.Errorf("wrote %q, then %q; %d puts returned", first, second, written.Load())
		}
		go func() { <-w.writes; w.proceed <- nil }()
		if err := r.finish([]byte("end\n")); err != nil {
			t.Error(err)
		}
		if err := r.put(t.Context(), []byte("late\n")); !errors.Is(err, errFinished) {
			t.Errorf("put after the end: %v", err)
		}
	})
}

func TestRecorderFailsEveryPutAfterAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slowOutput{writes: make(chan []byte), proceed: make(chan error)}
		r := newRecorder(w, "the output")
		torn := errors.New("torn")
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := r.put(context.Background(), []byte("a\n")); !errors.Is(err, torn) {
					t.Errorf("put: %v", err)
				}
			})
		}
		<-w.writes
		synctest.Wait()
		w.proceed <- torn
		wg.Wait()
		if err := r.finish([]byte("end\n")); !errors.Is(err, torn) {
			t.Errorf("finish: %v", err)
		}
	})
}

func TestRecorderLetsGoOfAHangingOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slowOutput{writes: make(chan []byte), proceed: make(chan error)}
		r := newRecorder(w, "the output")
		ctx, cancel := context.WithCancel(t.Context())
		put := make(chan error, 1)
		go func() { put <- r.put(ctx, []byte("a\n")) }()
		<-w.writes
		cancel()
		if err := <-put; !errors.Is(err, context.Canceled) {
			t.Errorf("put: %v", err)
		}
		r.fail(errGivenUp)
		if err := r.finish([]byte("end\n")); !errors.Is(err, errGivenUp) {
			t.Errorf("finish: %v", err)
		}
		w.proceed <- nil
	})
}
