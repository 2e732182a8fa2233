package adapter_test

import (
	"testing"
	"time"

	"hermod/gateway/adapter"
)

func TestCloseBudget(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": time.Minute, "  ": time.Minute, "12": 12 * time.Second, " 2.5 ": 2500 * time.Millisecond, "soon": 5 * time.Second,
		"0": time.Second, "-3": time.Second, "nan": time.Second,
	} {
		getenv := func(name string) string {
			return map[string]string{"HERMES_GATEWAY_ADAPTER_DISCONNECT_TIMEOUT": value}[name]
		}
		if got := adapter.CloseBudget(getenv, time.Minute); got != want {
			t.Errorf("%q is %v, want %v", value, got, want)
		}
	}
}
