//go:build interop

package interop

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// extent is how much a run of rounds does; the environment can ask for more.
type extent struct {
	rounds, events, sends, kills int
	seed                         uint64
}

func extentOf(t *testing.T) extent {
	number := func(name string, value int) int {
		text := os.Getenv(name)
		if text == "" {
			return value
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			t.Fatalf("%s=%s is no number", name, text)
		}
		return n
	}
	return extent{
		rounds: number("HERMOD_ROUNDS", 2), events: number("HERMOD_EVENTS", 500), sends: number("HERMOD_SENDS", 100),
		kills: number("HERMOD_KILLS", 4), seed: uint64(number("HERMOD_SEED", 1)),
	}
}

// roundTime bounds a round.
const roundTime = 3 * time.Minute

// TestAGatewayBehindHermodLosesNothingToKills has each round of a seed of its own, so that one can be played again.
func TestAGatewayBehindHermodLosesNothingToKills(t *testing.T) {
	x := extentOf(t)
	table := []string{"seed gateway  kills: connector daemon gateway   events repeats      ok failed ambiguous died applied  seconds"}
	for seed := x.seed; seed < x.seed+uint64(x.rounds); seed++ {
		l := languages[seed%uint64(len(languages))]
		t.Run(fmt.Sprint(seed), func(t *testing.T) { table = append(table, x.round(t, l, seed)) })
	}
	fmt.Println(strings.Join(table, "\n"))
}

// round plays one round and returns its line of the table.
func (x extent) round(t *testing.T, l language, seed uint64) string {
	begin := time.Now()
	w := newWorld(t, l, x.sends)
	injected, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(injected)
		w.injectAll(x.events, stop)
	}()
	t.Cleanup(func() {
		close(stop)
		<-injected
		injector.CloseIdleConnections()
	})
	w.killAtRandom(rand.New(rand.NewPCG(seed, seed)), x)
	a := w.awaitProgress(x.events+x.sends, roundTime-time.Since(begin))
	for _, m := range slices.Backward(w.members) {
		_ = m.now.cmd.Process.Kill()
	}
	a.settle()
	for i, violation := range a.violations {
		if i < 10 {
			t.Errorf("seed %d: %s", seed, violation)
		}
	}
	if a.events < x.events || a.begun < x.sends {
		t.Errorf("seed %d: %d of %d events arrived, %d of %d sends were begun", seed, a.events, x.events, a.begun, x.sends)
	}
	return fmt.Sprintf("%4d %-7s %17d %6d %7d %8d %7d %7d %6d %9d %4d %7d %8.1f", seed, l.name,
		w.members[0].kills, w.members[1].kills, w.members[2].kills, a.events, a.repeats, a.ok, a.failed, a.ambiguous,
		a.died, len(a.applied), time.Since(begin).Seconds())
}

// killAtRandom kills one process, or two at once, at moments spread over the round's progress.
func (w *world) killAtRandom(dice *rand.Rand, x extent) {
	all := x.events + x.sends
	moments := make([]int, x.kills)
	for i := range moments {
		moments[i] = dice.IntN(all*19/20) + 1
	}
	slices.Sort(moments)
	order := dice.Perm(len(w.members))
	for i, moment := range moments {
		victims := []*member{w.members[order[i%len(order)]]}
		if dice.IntN(3) == 0 {
			victims = append(victims, w.members[order[(i+1+dice.IntN(2))%len(order)]])
		}
		w.awaitProgress(moment, roundTime)
		for _, victim := range victims {
			victim.kill()
		}
		<-time.After(time.Duration(dice.IntN(400)) * time.Millisecond)
		for _, victim := range victims {
			victim.begin()
		}
	}
}

// awaitProgress returns when so many events have arrived and sends ended or died with their gateway, when a promise is
// broken, or in time.
func (w *world) awaitProgress(enough int, within time.Duration) *account {
	w.t.Helper()
	deadline := time.After(within)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		a, err := readAccount(w.gatewayAccount, w.appliedAccount)
		if err != nil {
			w.t.Fatal(err)
		}
		if a.progress() >= enough || len(a.violations) > 0 {
			return a
		}
		select {
		case <-tick.C:
		case <-deadline:
			return a
		}
	}
}
