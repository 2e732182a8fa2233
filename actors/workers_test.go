package actors

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestWorkNeverWaitsForAWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorkers()
		defer w.end()
		const pieces = 100
		release := make(chan struct{})
		var running, done atomic.Int32
		for range pieces {
			w.start(func() {
				running.Add(1)
				<-release
				done.Add(1)
			})
		}
		synctest.Wait()
		if running.Load() != pieces {
			t.Errorf("%d of %d run", running.Load(), pieces)
		}
		close(release)
		synctest.Wait()
		if done.Load() != pieces || w.idle.Load() != maxIdleWorkers() {
			t.Errorf("%d done, %d idle", done.Load(), w.idle.Load())
		}
	})
}

func TestWorkThatEndsItsGoroutineEndsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorkers()
		defer w.end()
		done := 0
		for range 100 {
			w.start(runtime.Goexit)
			synctest.Wait()
			w.start(func() { done++ })
			synctest.Wait()
		}
		if done != 100 || w.idle.Load() > maxIdleWorkers() {
			t.Errorf("%d done, %d idle", done, w.idle.Load())
		}
	})
}

func TestWorkThatComesAfterTheEndIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorkers()
		w.start(func() {})
		synctest.Wait()
		w.end()
		synctest.Wait()
		done := false
		w.start(func() { done = true })
		synctest.Wait()
		if !done {
			t.Error("it was not done")
		}
	}) // which fails if a worker waits on
}
