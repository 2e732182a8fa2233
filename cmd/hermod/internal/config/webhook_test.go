package config_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestATimeoutByWhichAReceiverHoldsMuchForLongIsNoted(t *testing.T) {
	for timeout, noted := range map[string]bool{"60s": false, "61s": true} {
		cfg := load(t, with(fmt.Sprintf("deliver: {webhook: {url: 'http://h', secret: {env: W}, timeout: %s}}", timeout)),
			"W=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
		if notes := strings.Join(cfg.Notes, "\n"); strings.Contains(notes, "a receiver that stalls") != noted {
			t.Errorf("notes of %s are %q", timeout, notes)
		}
	}
}
