package messages_test

import (
	"reflect"
	"sync/atomic"
	"testing"

	"hermod/messages"
)

func TestPlusAddsEveryCounter(t *testing.T) {
	var a, b messages.Counters
	va, vb := reflect.ValueOf(&a).Elem(), reflect.ValueOf(&b).Elem()
	for i := range va.NumField() {
		va.Field(i).SetUint(uint64(i + 1))
		vb.Field(i).SetUint(uint64(100 * (i + 1)))
	}
	sum := reflect.ValueOf(a.Plus(b))
	for i := range sum.NumField() {
		if got, want := sum.Field(i).Uint(), uint64(101*(i+1)); got != want {
			t.Errorf("%s is %d, want %d", sum.Type().Field(i).Name, got, want)
		}
	}
}

func TestASnapshotHasEveryCounter(t *testing.T) {
	var live messages.LiveCounters
	v := reflect.ValueOf(&live).Elem()
	for i := range v.NumField() {
		v.Field(i).Addr().Interface().(*atomic.Uint64).Store(uint64(i + 1))
	}
	now := live.Snapshot()
	for i, counter := range messages.CounterList() {
		if got := counter.Of(&now); got != uint64(i+1) {
			t.Errorf("%s is %d, want %d", counter.Name, got, i+1)
		}
	}
}

func TestEveryCounterHasItsOwnNameAndMetric(t *testing.T) {
	seen := make(map[string]bool)
	help := make(map[string]string)
	for _, c := range messages.CounterList() {
		series := c.Metric + "{" + c.Outcome + "}"
		if c.Name == "" || c.Metric == "" || c.Help == "" || seen[c.Name] || seen[series] {
			t.Errorf("messages/counters.go: the tags of %+v are incomplete or another counter's", c)
		}
		if known, ok := help[c.Metric]; ok && known != c.Help {
			t.Errorf("messages/counters.go: %s has two helps, %q and %q", c.Metric, known, c.Help)
		}
		seen[c.Name], seen[series], help[c.Metric] = true, true, c.Help
	}
}
