package supervisor_test

import (
	"testing"
	"time"

	"hermod/supervisor"
)

func TestRetryAfterIsReadAsSecondsOrAsADate(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"90":                            90 * time.Second,
		"-1":                            0,
		"1.5":                           0,
		"soon":                          0,
		"99999999999999999999":          0,
		"Sun, 01 Mar 2026 12:00:30 GMT": 30 * time.Second,
		"Sun, 01 Mar 2026 11:59:30 GMT": 0,
	} {
		if got := supervisor.RetryAfter(header, now); got != want {
			t.Errorf("%q asks for %v, want %v", header, got, want)
		}
	}
}
