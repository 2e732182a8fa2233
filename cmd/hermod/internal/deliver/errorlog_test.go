package deliver

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// withErrorLog runs a test in virtual time; flood writes so many lines, and dropped is how many lines were told of.
func withErrorLog(t *testing.T, test func(flood func(lines int), log *logBuffer, dropped *int)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		dropped := 0
		errors := newErrorLog(slog.New(slog.NewTextHandler(&log, nil)), func(n uint64) { dropped += int(n) })
		lines := &errorLines{log: errors}
		test(func(n int) {
			for range n {
				_, _ = fmt.Fprintln(lines, "about to panic")
			}
		}, &log, &dropped)
		errors.tell()
	})
}

func said(log *logBuffer) int { return strings.Count(log.String(), "about to panic") }

func TestAFloodOfStandardErrorIsCutAndSaid(t *testing.T) {
	withErrorLog(t, func(flood func(int), log *logBuffer, dropped *int) {
		flood(100_000)
		if got := said(log); got != errorLineBurst {
			t.Errorf("%d lines at once, want %d", got, errorLineBurst)
		}
		time.Sleep(tellDropped)
		synctest.Wait()
		if *dropped != 100_000-errorLineBurst || strings.Count(log.String(), "lines_dropped=99800") != 1 {
			t.Errorf("%d lines dropped; the log is:\n%s", *dropped, log.String())
		}
		time.Sleep(time.Hour)
		if strings.Count(log.String(), "lines_dropped") != 1 {
			t.Error("it is said again though nothing came")
		}
		flood(errorLineBurst)
		if got := said(log); got != 2*errorLineBurst {
			t.Errorf("after a quiet hour %d lines are logged, want %d", got-errorLineBurst, errorLineBurst)
		}
	})
}

func TestAFloodThatLastsIsLoggedAtTheRate(t *testing.T) {
	withErrorLog(t, func(flood func(int), log *logBuffer, dropped *int) {
		flood(errorLineBurst)
		for range 60 {
			time.Sleep(time.Second)
			flood(1000)
		}
		if got := said(log) - errorLineBurst; got != 60*errorLineRate {
			t.Errorf("%d lines in a minute, want %d", got, 60*errorLineRate)
		}
		time.Sleep(tellDropped)
		synctest.Wait()
		if *dropped != 60*(1000-errorLineRate) || strings.Count(log.String(), "lines_dropped") > 7 {
			t.Errorf("%d lines dropped; the log is:\n%s", *dropped, log.String())
		}
	})
}

func TestWhatWasDroppedIsSaidWhenTheProcessEnds(t *testing.T) {
	var kept *logBuffer
	withErrorLog(t, func(flood func(int), log *logBuffer, _ *int) {
		flood(errorLineBurst + 3)
		kept = log
	})
	if !strings.Contains(kept.String(), "lines_dropped=3") {
		t.Errorf("the log is:\n%s", kept.String())
	}
}
