package actors_test

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
)

// defaultSchedules is how many random schedules a plain run of the tests plays.
const defaultSchedules = 1500

// TestRandomSchedulesKeepEveryPromise plays random schedules of traffic and trouble in virtual time and has a small
// model judge what happens: see simLedger for what it follows.
//
// HERMOD_SCHEDULES says how many schedules to play. HERMOD_SEED plays one of them again, as often as HERMOD_SCHEDULES
// says: what happens at the same instant may still come in another order.
func TestRandomSchedulesKeepEveryPromise(t *testing.T) {
	count := number(t, "HERMOD_SCHEDULES", 0)
	if os.Getenv("HERMOD_SEED") != "" {
		seed := number(t, "HERMOD_SEED", 0)
		for range max(1, count) {
			playSchedule(t, seed)
		}
		return
	}
	if count == 0 {
		count = defaultSchedules
	}
	shards := uint64(runtime.GOMAXPROCS(0))
	for shard := range shards {
		t.Run("shard "+strconv.FormatUint(shard, 10), func(t *testing.T) {
			t.Parallel()
			for seed := shard; seed < count; seed += shards {
				playSchedule(t, seed)
			}
		})
	}
}

func number(t *testing.T, variable string, fallback uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// playSchedule plays one schedule and shows its seed and its events if a promise was broken.
func playSchedule(t *testing.T, seed uint64) {
	t.Helper()
	var ledger *simLedger
	finished := false
	defer func() {
		if finished && len(ledger.faults) == 0 && !t.Failed() {
			return
		}
		t.Errorf("schedule %d:\n%s\n\n%s\n\nplay it again with HERMOD_SEED=%d", seed, ledger.report(),
			strings.Join(ledger.faults, "\n"), seed)
		if finished {
			t.FailNow()
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		ledger = newLedger()
		newRun(t, seed, ledger).play()
	})
	finished = true
}
