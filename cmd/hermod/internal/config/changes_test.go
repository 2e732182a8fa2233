package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"hermod/cmd/hermod/internal/config"
)

func TestCompareNamesWhatAReloadWouldChange(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	read := func(value, text string) *config.Config {
		t.Helper()
		must(t, os.WriteFile(secret, []byte(value), 0o600))
		path := filepath.Join(t.TempDir(), "hermod.yaml")
		must(t, os.WriteFile(path, []byte(text), 0o600))
		cfg, err := config.Load(path, nil)
		must(t, err)
		return cfg
	}
	const bot = ", url: wss://c.example, identities: [{platform: discord}], deliver: {stream: {}}"
	before := read("one", "log: {level: info}\nbots:\n  - {name: a"+bot+"}\n  - {name: b"+bot+", gateway_id: b, secret: {file: '"+secret+"'}}\n  - {name: c"+bot+"}\n  - {name: d"+bot+"}\n")
	after := read("two", "log: {level: debug}\nshutdown: {budget: 9s}\nbots:\n  - {name: e"+bot+"}\n  - {name: d"+bot+", timing: {backoff: 3s}, limits: {tries: 9}}\n  - {name: b"+bot+", gateway_id: b, secret: {file: '"+secret+"'}}\n  - {name: a"+bot+"}\n")
	want := config.Changes{Added: []string{"e"}, Removed: []string{"c"}, Unchanged: 1,
		Changed: []config.BotChange{{Bot: "b", Keys: []string{"secret"}},
			{Bot: "d", Keys: []string{"limits.tries", "timing.backoff"}}},
		Settings: []string{"log.level", "shutdown.budget"}}
	if got := config.Compare(before, after); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	same := config.Changes{Added: []string{}, Removed: []string{}, Changed: []config.BotChange{}, Unchanged: 4,
		Settings: []string{}}
	if got := config.Compare(after, after); !reflect.DeepEqual(got, same) {
		t.Errorf("of two that are the same: %+v", got)
	}
}
