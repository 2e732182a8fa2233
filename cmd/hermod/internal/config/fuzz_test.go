package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"hermod/cmd/hermod/internal/config"
)

// A file is read while bots run, so whatever it holds must end in bots or in mistakes.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		head + bot, with("timing: {backoff: 1s}"), "defaults: &d {url: ws://h}\nbots: [{<<: *d, name: a}]\n", "a: &a [*a]\n",
		"? - a\n: b\n", "--- !!map\nbots: >-\n  x\n", "bots: [{name: .inf}, {name: 0x1F}, {name: ~}]\n", "\xff\xfe", "bots:\n- - - {}\n", "{bots: [,]}",
	} {
		f.Add(seed)
	}
	path := filepath.Join(f.TempDir(), "hermod.yaml")
	f.Fuzz(func(t *testing.T, content string) {
		must(t, os.WriteFile(path, []byte(content), 0o600))
		cfg, err := config.Load(path, nil)
		var invalid *config.InvalidError
		if (cfg == nil) == (err == nil) || err != nil && (!errors.As(err, &invalid) || len(invalid.Problems) == 0) {
			t.Errorf("%v, %v", cfg, err)
		}
	})
}
