package clusterdev

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"hermod/cluster/registry"
	"hermod/cmd/hermod/internal/config"
)

// errNoEtcd says what to install.
var errNoEtcd = errors.New("a cluster needs the program etcd, which is not in the PATH: install it (Debian, Ubuntu: " +
	"apt-get install etcd-server; macOS: brew install etcd; else https://etcd.io), or run without --cluster-dev")

// Dev is this process's part in a cluster on one machine.
type Dev struct {
	folder folder
	etcd   *etcd
	node   string
	file   string
	config string
	stop   context.CancelFunc
	done   chan struct{}
}

// Start makes the folder, has etcd run, and returns once that answers. path is the configuration, "" for the one that
// was named last. The error says what to install or to correct. Close the result.
func Start(ctx context.Context, where, path string, log *slog.Logger) (*Dev, error) {
	if where == "" {
		return nil, errors.New("there is no folder for the cluster: name one with --cluster-dev=FOLDER")
	}
	if _, err := exec.LookPath("etcd"); err != nil {
		return nil, errNoEtcd
	}
	where, err := filepath.Abs(where)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(where, 0o700); err != nil {
		return nil, fmt.Errorf("make the cluster's folder: %w", err)
	}
	d := &Dev{folder: folder(where), node: fmt.Sprint("dev-", os.Getpid()), done: make(chan struct{})}
	d.folder.sweep()
	d.etcd = &etcd{folder: d.folder, log: log}
	if d.config, err = d.folder.config(path); err != nil {
		return nil, err
	}
	if d.etcd.at, err = d.folder.addresses(); err != nil {
		return nil, fmt.Errorf("prepare etcd: %w", err)
	}
	if d.file, err = d.folder.files(d.etcd.at.client, d.node); err != nil {
		return nil, fmt.Errorf("write the cluster's file: %w", err)
	}
	running, stop := context.WithCancel(context.Background())
	d.stop = stop
	go func() {
		defer close(d.done)
		d.etcd.run(running)
	}()
	if err := d.etcd.await(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// File is the cluster's file of this process.
func (d *Dev) File() string { return d.file }

// Config is the configuration's path.
func (d *Dev) Config() string { return d.config }

// Close ends what this process runs of the cluster: etcd, which another process runs on.
func (d *Dev) Close() {
	d.stop()
	<-d.done
	_ = os.Remove(d.file)
	_ = os.RemoveAll(d.folder.path(d.node))
}

// Apply makes the cluster's bots those of the configuration.
func (d *Dev) Apply(ctx context.Context, environ []string) error {
	wanted, err := config.Desired(d.config, environ)
	if err != nil {
		return err
	}
	store, err := registry.Open(registry.Config{Endpoints: []string{d.etcd.at.client}, Cluster: "dev"})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	now, err := store.Read(ctx)
	if err != nil {
		return err
	}
	added, changed, removed := registry.Plan(now, wanted)
	return store.Apply(ctx, append(append(added, changed...), removed...))
}

// Environ is an environment in which several processes can run with one configuration: each has a state of its own, and
// a free address in place of one that another process listens at.
func (d *Dev) Environ(environ []string) ([]string, error) {
	cfg, err := config.Load(d.config, environ)
	if err != nil {
		return nil, err
	}
	environ = append(environ, "HERMOD_STATE="+d.folder.path(d.node))
	for variable, address := range map[string]string{"HERMOD_HTTP_LISTEN": cfg.HTTP.Listen,
		"HERMOD_METRICS_LISTEN": cfg.Metrics.Listen, "HERMOD_GATEWAYS_LISTEN": cfg.Gateways.Listen} {
		if taken(address) {
			environ = append(environ, variable+"=127.0.0.1:0")
		}
	}
	return environ, nil
}

// taken reports whether somebody listens at a TCP address.
func taken(address string) bool {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return false
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return true
	}
	_ = listener.Close()
	return false
}
