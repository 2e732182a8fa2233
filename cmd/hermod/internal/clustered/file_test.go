package clustered_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hermod/cmd/hermod/internal/clustered"
)

func load(t *testing.T, text string) (clusterFile string, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cluster.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = clustered.Load(path, func(string) string { return "" })
	return path, err
}

func TestAClustersFileIsReadWithThePasswordThatItNames(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "cluster.yaml")
	for name, text := range map[string]string{"etcd.password": "secret\n", "cluster.yaml": `
cluster: prod
node: a
listen: 127.0.0.1:7000
lease: 20s
etcd: {endpoints: ['127.0.0.1:2379'], user: hermod, password: {file: etcd.password}}
`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := clustered.Load(path, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Name != "a" || cfg.Etcd.Cluster != "prod" || cfg.Lease != 20*time.Second || cfg.Etcd.Password != "secret" || cfg.TLS != nil {
		t.Errorf("it says %+v", cfg)
	}
}

func TestDeadLettersAreANodesOnlyIfTheFileSaysSo(t *testing.T) {
	for text, want := range map[string]bool{"": false, "dead_letters: node\n": true} {
		path := filepath.Join(t.TempDir(), "cluster.yaml")
		content := "cluster: prod\netcd: {endpoints: ['127.0.0.1:2379']}\n" + text
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := clustered.Load(path, os.Getenv)
		if err != nil || cfg.KeepDeadLetters != want {
			t.Errorf("with %q: %v, error %v", text, cfg.KeepDeadLetters, err)
		}
	}
}

func TestMistakesInAClustersFileSayWhatToDo(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"an unknown key":       {"cluster: prod\nlaese: 10s\netcd: {endpoints: ['127.0.0.1:2379']}\n", "cluster.yaml:2:1: laese: is no key"},
		"no etcd":              {"cluster: prod\n", "HOST:PORT of each etcd"},
		"no port":              {"cluster: prod\netcd: {endpoints: ['127.0.0.1']}\n", "not HOST:PORT"},
		"far and plain":        {"cluster: prod\netcd: {endpoints: ['10.1.1.1:2379']}\n", "needs etcd.tls"},
		"a password in a URL":  {"cluster: prod\netcd: {endpoints: ['u:hunter2@127.0.0.1:2379']}\n", "not HOST:PORT"},
		"a user in an address": {"cluster: prod\netcd: {endpoints: ['hunter2@127.0.0.1:2379']}\n", "needs etcd.tls"},
		"a password in it": {"cluster: prod\netcd: {endpoints: ['127.0.0.1:2379'], user: u, password: hunter2}\n",
			"cluster.yaml:2:58: etcd.password: is not a map of one key, and never the password itself; write for example password: {file: etcd.password}"},
		"no truth": {"cluster: prod\nreturn: perhaps\n",
			"cluster.yaml:2:9: return: is not true or false; write for example return: true"},
		"a duration that is a list": {"cluster: prod\nlease: [hunter2]\n", "cluster.yaml:2:8: lease: is not a duration; write for example lease: 10s"},
		"a number in words":         {"cluster: prod\ncapacity: many\n", "cluster.yaml:2:11: capacity: is not a whole number; write for example capacity: 8"},
		"one etcd for a list":       {"cluster: prod\netcd:\n  endpoints: 127.0.0.1:2379\n", "cluster.yaml:3:14: etcd.endpoints: is not a list of HOST:PORT"},
		"an endpoint that is a map": {"cluster: prod\netcd: {endpoints: [{a: hunter2}]}\n", "etcd.endpoints: is not a list of HOST:PORT"},
		"etcd in a word":            {"cluster: prod\netcd: etcd-1\n", "cluster.yaml:2:7: etcd: is not a map of keys"},
		"TLS in a word":             {"cluster: prod\ntls: yes\n", "cluster.yaml:2:6: tls: is not a map of files"},
		"an unknown key of etcd's":  {"cluster: prod\netcd: {endpoint: 'h:1'}\n", "etcd.endpoint: is no key of a cluster's file; take it out, or write one of endpoints, user, password, tls"},
		"no YAML":                   {"cluster: [\n", "is not valid YAML"},
		"a list":                    {"- a\n", "cluster.yaml:1:1: is no map of keys; begin with cluster:"},
		"a key twice":               {"cluster: a\ncluster: b\n", "cluster.yaml:2:1"},
		"an unset variable":         {"cluster: prod\netcd: {endpoints: ['127.0.0.1:2379'], user: u, password: {env: NO}}\n", "NO, which is not set"},
		"a user alone":              {"cluster: prod\netcd: {endpoints: ['127.0.0.1:2379'], user: u}\n", "belong together"},
		"no duration":               {"cluster: prod\nlease: soon\netcd: {endpoints: ['127.0.0.1:2379']}\n", "not a duration"},
		"letters elsewhere":         {"cluster: prod\ndead_letters: etcd\netcd: {endpoints: ['127.0.0.1:2379']}\n", `write "node"`},
		"certificates missing":      {"cluster: prod\netcd: {endpoints: ['h:1'], tls: {ca: no.pem}}\n", "etcd.tls: read the authorities"},
	} {
		_, err := load(t, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "cluster.yaml") {
			t.Errorf("%s: error is %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
}
