package daemon

import (
	"runtime/debug"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func percent() int {
	now := debug.SetGCPercent(-1)
	debug.SetGCPercent(now)
	return now
}

func TestCollectionsAreFewerWhileAConfigurationIsRead(t *testing.T) {
	for before, during := range map[int]int{100: readingPercent, 800: 800, -1: -1} {
		found := debug.SetGCPercent(before)
		c := new(collections)
		one, another := c.read(), c.read()
		one()
		if got := percent(); got != during {
			t.Errorf("GOGC is %d while one reads, want %d", got, during)
		}
		another()
		if got := percent(); got != before {
			t.Errorf("GOGC is %d afterwards, want %d", got, before)
		}
		debug.SetGCPercent(found)
	}
}

func TestCollectionsAreMoreWhileBotsStartUnlessAConfigurationIsRead(t *testing.T) {
	for before, during := range map[int]int{100: startingPercent, 10: 10, -1: -1} {
		found := debug.SetGCPercent(before)
		c := new(collections)
		started := c.start()
		read := c.read()
		if got := percent(); got != max(before, readingPercent) && before >= 0 {
			t.Errorf("GOGC is %d while a configuration is read", got)
		}
		read()
		if got := percent(); got != during {
			t.Errorf("GOGC is %d while bots start, want %d", got, during)
		}
		started()
		started()
		if got := percent(); got != before {
			t.Errorf("GOGC is %d afterwards, want %d", got, before)
		}
		debug.SetGCPercent(found)
	}
}

func TestMemoryIsGivenBackWhenNoBotDialsAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked, ends atomic.Int32
		tidy := tidy{dialling: func() bool { return asked.Add(1) < 3 }, ended: func() { ends.Add(1) }}
		tidy.later()
		for asked.Load() < 3 {
			if ends.Load() > 0 {
				t.Fatal("it was given back while bots dialled")
			}
			time.Sleep(settled)
			synctest.Wait()
		}
		if n := ends.Load(); n != 1 {
			t.Errorf("ended %d times after the last dial", n)
		}
		asked.Store(-1000)
		tidy.later()
		time.Sleep(2 * settlingIn * settled)
		synctest.Wait()
		if n := ends.Load(); n != 2 {
			t.Errorf("ended %d times, though dials that never end are not waited for", n)
		}
		tidy.later()
		tidy.stop()
		if n := ends.Load(); n != 3 {
			t.Errorf("ended %d times after stop", n)
		}
	})
}
