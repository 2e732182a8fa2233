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
	unreachable
	misconfigured
	kinds
)

func (k kind) err() error {
	return [...]error{drop, unauthorized, expired, closed(4000, "replaced"), http401, network, misconfig}[k]
}

// life is the model of a relay: it knows nothing of errors, only what each kind of end leads to.
type life struct {
	strategy  supervisor.Strategy
	reconnect bool
	ladder    supervisor.Backoff
	stable    time.Duration

	worked  bool // the credential was good once
	rung    int
	pending bool // a revocation waits to be confirmed
}

// step returns what must follow the end of a link: a verdict in the tables' words, the rung, and the bounds of the delay.
func (l *life) step(e event) (outcome supervisor.Outcome, rung int, low, high time.Duration) {
	if e.handshaked {
		l.worked = true
	}
	if e.handshaked && e.up >= l.stable {
		l.rung, l.pending = 0, false
	}
	dead := e.kind == revoked && l.worked || e.kind == tokenExpired && l.worked && l.strategy == supervisor.Strict
	if e.kind == refused401 {
		dead = l.pending
	}
	switch {
	case dead && (l.strategy != supervisor.Confirm || l.pending || !l.reconnect):
		return supervisor.Disable, 0, 0, 0
	case dead:
		l.pending = true
		return supervisor.Retry, 0, 0, 0
	case e.kind == misconfigured || !l.reconnect:
		return supervisor.Fail, 0, 0, 0
	}
	l.rung++
	if e.kind == crowded && l.rung < 3 {
		l.rung = 3
	}
	if e.kind != refused401 && e.kind != unreachable {
		l.pending = false
	}
	exact := math.Min(float64(l.ladder.Base)*math.Pow(2, float64(l.rung-1)), float64(l.ladder.Max))
	return supervisor.Retry, l.rung, time.Duration(exact / 2), time.Duration(exact)
}

func drawEvent(t *rapid.T) event {
	e := event{kind: kind(rapid.IntRange(0, int(kinds)-1).Draw(t, "kind"))}
	dialled := e.kind != refused401 && e.kind != unreachable && e.kind != misconfigured
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
		policy := supervisor.Policy{Strategy: model.strategy, NoReconnect: !model.reconnect, Backoff: model.ladder, Stable: model.stable}
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
			if history.Rung != model.rung || history.Handshaked != model.worked || history.Confirming != model.pending {
				t.Fatalf("remembered %+v, want %+v, after %+v", history, model, e)
			}
		}
	})
}
