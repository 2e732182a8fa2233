package supervisor_test

import (
	"net/http"
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
		if got := supervisor.RetryAfter(http.Header{"Retry-After": {header}}, now); got != want {
			t.Errorf("%q asks for %v, want %v", header, got, want)
		}
	}
}

func TestADateToRetryAtIsSeenByTheClockOfWhoNamesIt(t *testing.T) {
	answer := http.Header{"Retry-After": {"Sun, 01 Mar 2026 12:00:30 GMT"}, "Date": {"Sun, 01 Mar 2026 12:00:00 GMT"}}
	for _, year := range []int{1970, 2025, 2036} {
		now := time.Date(year, 2, 1, 0, 0, 0, 0, time.UTC)
		if got := supervisor.RetryAfter(answer, now); got != 30*time.Second {
			t.Errorf("at %v it asks for %v", now, got)
		}
	}
	answer.Set("Date", "yesterday")
	if got := supervisor.RetryAfter(answer, time.Date(2026, 3, 1, 12, 0, 10, 0, time.UTC)); got != 20*time.Second {
		t.Errorf("without a date that can be read it asks for %v", got)
	}
}
