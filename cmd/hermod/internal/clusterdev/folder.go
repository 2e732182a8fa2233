package clusterdev

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// DefaultFolder is below the user's cache folder; "" when there is none.
func DefaultFolder() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "hermod", "cluster-dev")
}

// folder is what the processes of a cluster share.
type folder string

func (f folder) path(name string) string { return filepath.Join(string(f), name) }

// addresses are etcd's, for clients and for its like.
type addresses struct{ client, peer string }

// addresses returns those that the processes agree on; the first process chooses them.
func (f folder) addresses() (a addresses, err error) {
	for range 2 {
		content, err := os.ReadFile(f.path("etcd.addresses"))
		if err == nil {
			if n, _ := fmt.Sscan(string(content), &a.client, &a.peer); n != 2 {
				return a, fmt.Errorf("%s is damaged; remove the folder to begin anew", f.path("etcd.addresses"))
			}
			return a, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return a, err
		}
		if err := f.choose(); err != nil {
			return a, err
		}
	}
	return a, errors.New("etcd's addresses cannot be agreed on")
}

// choose writes addresses down, unless another process was faster.
func (f folder) choose() error {
	client, err := quietAddress()
	if err != nil {
		return err
	}
	peer, err := quietAddress()
	if err != nil {
		return err
	}
	own := f.path(fmt.Sprint("etcd.addresses.", os.Getpid()))
	defer func() { _ = os.Remove(own) }()
	if err := os.WriteFile(own, []byte(client+" "+peer+"\n"), 0o600); err != nil {
		return err
	}
	if err := os.Link(own, f.path("etcd.addresses")); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// quietAddress is a free one of those that no outgoing connection takes while nobody listens there.
func quietAddress() (string, error) {
	for range 100 {
		listener, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20_000+rand.IntN(12_000)))
		if err == nil {
			defer func() { _ = listener.Close() }()
			return fmt.Sprint(listener.Addr()), nil
		}
	}
	return "", errors.New("no port from 20000 to 32000 is free on 127.0.0.1")
}

// Config is the configuration file to run with: the one that is named, or else the one that was named last.
func (f folder) config(named string) (string, error) {
	if named == "" {
		last, err := os.ReadFile(f.path("config"))
		if err != nil {
			return "", errors.New("the first node of a cluster needs a configuration: name it with --config")
		}
		return strings.TrimSpace(string(last)), nil
	}
	absolute, err := filepath.Abs(named)
	if err != nil {
		return "", err
	}
	return absolute, os.WriteFile(f.path("config"), []byte(absolute+"\n"), 0o600)
}

// files writes the cluster's file for commands, and that of this node.
func (f folder) files(etcd, node string) (own string, err error) {
	common := fmt.Sprintf("cluster: dev\nlisten: 127.0.0.1:0\nlease: 5s\nmove_pause: 100ms\netcd: {endpoints: ['%s']}\n", etcd)
	own = f.path(node + ".yaml")
	return own, errors.Join(os.WriteFile(f.path("cluster.yaml"), []byte(common), 0o600),
		os.WriteFile(own, []byte(common+"node: "+node+"\n"), 0o600))
}

// sweep removes what processes left that were killed.
func (f folder) sweep() {
	left, _ := filepath.Glob(f.path("dev-*.yaml"))
	for _, file := range left {
		node := strings.TrimSuffix(filepath.Base(file), ".yaml")
		pid, err := strconv.Atoi(strings.TrimPrefix(node, "dev-"))
		if err == nil && runtime.GOOS != "windows" && !alive(pid) { // Windows cannot be asked
			_ = os.Remove(file)
			_ = os.RemoveAll(f.path(node))
		}
	}
}

func alive(pid int) bool {
	process, err := os.FindProcess(pid)
	return err == nil && process.Signal(syscall.Signal(0)) == nil
}

// File is the cluster's file, for commands, in the folder of a cluster that runs.
func File(where string) string { return folder(where).path("cluster.yaml") }
