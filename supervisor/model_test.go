package supervisor_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hermod/supervisor"
)

// event is one end of a link in the words of the model, and kind what it was.
type event struct {
	kind       kind
	handshaked bool
	up         time.Duration
}

type kind int

const (
	dropped kind = iota
	revoked
	tokenExpired
	crowded
	refused401
	forbidden
	unreachable
	misconfigured
	kinds
)

func (k kind) err() error {
	return [...]error{drop, unauthorized, expired, closed(4000, "replaced"), http401, http403, network, misconfig}[k]
}

// life is the model of a relay: it knows nothing of errors, only what each kind of end leads to.
type life struct {
	strategy  supervisor.Strategy
	reconnect bool
	ladder    supervisor.Backoff
	stable    time.Duration

	worked bool // the credential was good once
	rung   int
	doubts int  // refusals at a dial, or that must be confirmed, since the last descriptor
	hasty  bool // a confirming dial was made at once since the last stable connection
}

// wait returns the verdict that leads to the next dial.
func (l *life) wait(floor int) (outcome supervisor.Outcome, rung int, low, high time.Duration) {
	l.rung = max(l.rung+1, floor)
	exact := math.Min(float64(l.ladder.Base)*math.Pow(2, float64(l.rung-1)), float64(l.ladder.Max))
	return supervisor.Retry, l.rung, time.Duration(exact / 2), time.Duration(exact)
}

// refused is a refusal that counts, by the strategy's column for a live link or for a dial.
func (l *life) refused(live bool) (outcome supervisor.Outcome, rung int, low, high time.Duration) {
	l.doubts++
	patient := l.strategy == supervisor.Confirm || l.strategy == supervisor.Terminal && !live
	switch {
	case !l.reconnect, !patient, l.doubts > 1:
		return supervisor.Disable, 0, 0, 0
	case l.hasty:
		return l.wait(0)
	}
	l.hasty = true
	return supervisor.Retry, 0, 0, 0
}

// step returns what must follow the end of a link: a verdict in the tables' words, the rung, and the bounds of the
// delay.
func (l *life) step(e event) (outcome supervisor.Outcome, rung int, low, high time.Duration) {
	if e.handshaked {
		l.worked, l.doubts = true, 0
		if e.up >= l.stable {
			l.rung, l.hasty = 0, false
		}
	}
	counts := e.kind == revoked || e.kind == refused401 || e.kind == tokenExpired && l.strategy == supervisor.Strict
	if counts && l.worked {
		return l.refused(e.handshaked)
	}
	if e.kind == misconfigured || !l.reconnect {
		return supervisor.Fail, 0, 0, 0
	}
	if e.kind == tokenExpired {
		l.doubts = 0
	}
	if e.kind == crowded {
		return l.wait(3)
	}
	return l.wait(0)
}

func drawEvent(t *rapid.T) event {
	e := event{kind: kind(rapid.IntRange(0, int(kinds)-1).Draw(t, "kind"))}
	dialled := e.kind < refused401
	if dialled && rapid.Bool().Draw(t, "handshaked") {
		e.handshaked = true
		e.up = time.Duration(rapid.IntRange(0, 120).Draw(t, "up")) * time.Second
	}
	return e
}

func TestRandomHistoriesOfFailuresAreJudgedAsTheModelDoes(t *testing.T) {
	strategies := []supervisor.Strategy{supervisor.Terminal, supervisor.Strict, supervisor.Confirm}
	rapid.Check(t, func(t *rapid.T) {
		base := time.Duration(rapid.IntRange(1, 5000).Draw(t, "base")) * time.Millisecond
		model := &life{
			strategy:  rapid.SampledFrom(strategies).Draw(t, "strategy"),
			reconnect: rapid.IntRange(0, 9).Draw(t, "reconnect") > 0,
			ladder:    supervisor.Backoff{Base: base, Max: base * time.Duration(rapid.IntRange(1, 40).Draw(t, "max"))},
			stable:    time.Minute,
		}
		policy := supervisor.Policy{Strategy: model.strategy, NoReconnect: !model.reconnect, Backoff: model.ladder,
			Stable: model.stable}
		var history supervisor.History
		for range rapid.IntRange(1, 40).Draw(t, "links") {
			e := drawEvent(t)
			draw := rapid.Float64Range(0, math.Nextafter(1, 0)).Draw(t, "draw")
			var got supervisor.Verdict
			got, history = policy.Judge(supervisor.Failure{Err: e.kind.err(), Handshaked: e.handshaked, Up: e.up}, history, draw)
			outcome, rung, low, high := model.step(e)
			if got.Outcome != outcome {
				t.Fatalf("%v, %v after %+v: want %v", got, history, e, outcome)
			}
			if got.Outcome != supervisor.Retry {
				return
			}
			if got.Attempt != rung || got.Delay < low || got.Delay > high {
				t.Fatalf("attempt %d after %v, want %d within [%v, %v], after %+v", got.Attempt, got.Delay, rung, low, high, e)
			}
			want := supervisor.History{Handshaked: model.worked, Rung: model.rung, Confirming: model.doubts > 0,
				ConfirmedAtOnce: model.hasty}
			if history != want {
				t.Fatalf("remembered %+v, want %+v, after %+v", history, want, e)
			}
		}
	})
}
