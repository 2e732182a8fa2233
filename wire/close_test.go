package wire_test

import (
	"math"
	"testing"
	"time"

	"hermod/wire"
)

func TestCloseErrorsNameCodeAndReason(t *testing.T) {
	for want, err := range map[string]*wire.CloseError{
		"connector closed the link: 4401 unauthorized": {Code: wire.CloseUnauthorized, Reason: "unauthorized"},
		"connector closed the link: 1005":              {Code: wire.CloseNoStatus},
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}

func TestDrainGraceLeavesTimeForTheTeardown(t *testing.T) {
	for budget, want := range map[time.Duration]time.Duration{
		math.MinInt64: 0, -time.Second: 0, 0: 0, 3500 * time.Millisecond: 0, 4 * time.Second: 500 * time.Millisecond,
		5 * time.Second: 1500 * time.Millisecond, 8500 * time.Millisecond: 5 * time.Second, math.MaxInt64: 5 * time.Second,
	} {
		if got := wire.DrainGrace(budget); got != want {
			t.Errorf("DrainGrace(%v) = %v, want %v", budget, got, want)
		}
	}
}

func TestDrainBudgetsAreSeconds(t *testing.T) {
	for env, want := range map[string]time.Duration{
		"": 5 * time.Second, " ": 5 * time.Second, "abc": 5 * time.Second, "5s": 5 * time.Second, "0x10": 5 * time.Second,
		"1__0": 5 * time.Second, "10": 10 * time.Second, " 4.5 ": 4500 * time.Millisecond, "1e1": 10 * time.Second,
		"1_0": 10 * time.Second, "1_2_3": 123 * time.Second, "_1": 5 * time.Second, "-3": -3 * time.Second, "0": 0, "nan": 0,
	} {
		if got := wire.ParseDrainBudget(env); got != want {
			t.Errorf("ParseDrainBudget(%q) = %v, want %v", env, got, want)
		}
	}
	for env, positive := range map[string]bool{"inf": true, "1e400": true, "-inf": false, "-1e400": false} {
		if got := wire.ParseDrainBudget(env); got > 0 != positive {
			t.Errorf("ParseDrainBudget(%q) = %v", env, got)
		}
	}
}
