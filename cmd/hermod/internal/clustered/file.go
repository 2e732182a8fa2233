package clustered

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"hermod/cluster"
	"hermod/cluster/mutual"
	"hermod/cluster/registry"
)

// maxFile and maxPassword bound what is read, in bytes.
const (
	maxFile     = 1 << 20
	maxPassword = 4 << 10
)

// File is what a cluster's file says.
type File struct {
	// Cluster names the cluster, Node this machine's part in it; the host's name when empty.
	Cluster string `yaml:"cluster"`
	Node    string `yaml:"node"`
	// Listen is where other nodes reach this one; Advertise is the same as they see it.
	Listen    string `yaml:"listen"`
	Advertise string `yaml:"advertise"`
	// Lease is how long a silent node keeps its bots.
	Lease string `yaml:"lease"`
	// MovePause lies between two bots that a node gives up for the sake of balance.
	MovePause string `yaml:"move_pause"`
	// Return has the bots of a node that ends in order wait for it, for one lease at most.
	Return bool `yaml:"return"`
	// Capacity is how much the node can carry beside others; the number of its processors when 0.
	Capacity int `yaml:"capacity"`
	// DeadLetters is DeadLettersOnNode, or empty: what failed for good stays with the connector.
	DeadLetters string `yaml:"dead_letters"`
	Etcd        Etcd   `yaml:"etcd"`
	// TLS secures what nodes say to each other.
	TLS *Files `yaml:"tls"`
}

// DeadLettersOnNode has a node keep, and acknowledge, what failed for good, though it is lost with the node's disk.
const DeadLettersOnNode = "node"

// Settings are what a cluster's file says.
type Settings struct {
	cluster.Config
	// KeepDeadLetters is what DeadLettersOnNode asks for.
	KeepDeadLetters bool
}

// Etcd is how to reach it.
type Etcd struct {
	Endpoints []string `yaml:"endpoints"`
	User      string   `yaml:"user"`
	Password  *Secret  `yaml:"password"`
	TLS       *Files   `yaml:"tls"`
}

// Files are PEM files; paths are relative to the cluster's file.
type Files struct {
	CA   string `yaml:"ca"`
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// Secret says where a secret is; it is never written into the file itself.
type Secret struct {
	File string `yaml:"file"`
	Env  string `yaml:"env"`
}

// Load reads a cluster's file and the password that it names. The error says what to correct.
func Load(path string, environ func(string) string) (Settings, error) {
	var none Settings
	content, err := readBounded(path, maxFile)
	if err != nil {
		return none, fmt.Errorf("read the cluster's file: %w; name it with --cluster", err)
	}
	var f File
	if err := yaml.UnmarshalWithOptions(content, &f, yaml.Strict()); err != nil {
		return none, fmt.Errorf("read the cluster's file: %w", mistake(path, content, err))
	}
	cfg, err := f.config(filepath.Dir(path), environ)
	if err == nil && f.DeadLetters != "" && f.DeadLetters != DeadLettersOnNode {
		err = fmt.Errorf(`"dead_letters" is %.40q: write "node" to have them kept on this node, where they are lost `+
			`with its disk, or leave it out`, f.DeadLetters)
	}
	if err != nil {
		return none, fmt.Errorf("the cluster's file %s: %w", path, err)
	}
	return Settings{Config: cfg, KeepDeadLetters: f.DeadLetters == DeadLettersOnNode}, nil
}

func (f *File) config(folder string, environ func(string) string) (cfg cluster.Config, err error) {
	if f.Cluster == "" || len(f.Etcd.Endpoints) == 0 {
		return cfg, errors.New(`"cluster" or "etcd.endpoints" is missing: name the cluster, and HOST:PORT of each etcd`)
	}
	host, _ := os.Hostname()
	cfg = cluster.Config{Name: cmp.Or(f.Node, host), Listen: f.Listen, Advertise: f.Advertise, Return: f.Return,
		TLS:  f.TLS.in(folder),
		Etcd: registry.Config{Endpoints: f.Etcd.Endpoints, User: f.Etcd.User, TLS: f.Etcd.TLS.in(folder), Cluster: f.Cluster}}
	cfg.Capacity = f.Capacity
	for key, value := range map[string]struct {
		text string
		into *time.Duration
	}{"lease": {f.Lease, &cfg.Lease}, "move_pause": {f.MovePause, &cfg.MovePause}} {
		if value.text == "" {
			continue
		}
		if *value.into, err = time.ParseDuration(value.text); err != nil {
			return cfg, fmt.Errorf(`%q is not a duration such as 10s: %.40q`, key, value.text)
		}
	}
	for i, endpoint := range f.Etcd.Endpoints {
		address, _, err := net.SplitHostPort(endpoint)
		if err != nil {
			return cfg, fmt.Errorf(`"etcd.endpoints[%d]" is not HOST:PORT`, i) // it may hold a password
		}
		if ip := net.ParseIP(address); cfg.Etcd.TLS == nil && (ip == nil || !ip.IsLoopback()) {
			return cfg, fmt.Errorf(`"etcd.endpoints[%d]" is not on this machine, so it needs etcd.tls`, i)
		}
	}
	if cfg.Etcd.TLS != nil {
		if err := cfg.Etcd.TLS.Check(); err != nil {
			return cfg, fmt.Errorf("etcd.tls: %w", err)
		}
	}
	if f.Etcd.Password != nil {
		cfg.Etcd.Password, err = f.Etcd.Password.read(folder, environ)
	}
	if err == nil && (cfg.Etcd.User == "") != (cfg.Etcd.Password == "") {
		err = errors.New(`"etcd.user" and "etcd.password" belong together`)
	}
	return cfg, err
}

func (f *Files) in(folder string) *mutual.Files {
	if f == nil {
		return nil
	}
	return &mutual.Files{CA: absolute(folder, f.CA), Cert: absolute(folder, f.Cert), Key: absolute(folder, f.Key)}
}

func absolute(folder, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}

func (s *Secret) read(folder string, environ func(string) string) (string, error) {
	switch {
	case s.Env != "" && s.File == "":
		if value := environ(s.Env); value != "" {
			return value, nil
		}
		return "", fmt.Errorf("etcd.password refers to the environment variable %s, which is not set", s.Env)
	case s.File != "" && s.Env == "":
		content, err := readBounded(absolute(folder, s.File), maxPassword)
		if err != nil {
			return "", fmt.Errorf("etcd.password: %w", err)
		}
		return strings.TrimRight(string(content), "\r\n"), nil
	}
	return "", errors.New("etcd.password is {file: PATH} or {env: NAME}, never the password itself")
}

func readBounded(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return os.ReadFile(path)
}
