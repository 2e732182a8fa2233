package etcdtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"hermod/cluster/mutual"
)

// Password is that of the user hermod, and of root.
const Password = "of-a-test"

// Etcd is a running etcd.
type Etcd struct {
	// Authority signed its certificates, and is to sign those of its clients.
	Authority *Authority
	// Endpoint is the first member's, HOST:PORT; Endpoints are those of all.
	Endpoint  string
	Endpoints []string
	// Client is the certificate of a client.
	Client mutual.Files

	tb      testing.TB
	members []*member
}

// member is one process, and what it is started with.
type member struct {
	args []string
	run  *exec.Cmd
	log  string
}

// Start starts an etcd of one member that knows the user hermod, who may use the keys below /hermod/. It ends with the
// test.
func Start(tb testing.TB) *Etcd {
	tb.Helper()
	return StartMembers(tb, 1)
}

// StartMembers is Start for an etcd of several members.
func StartMembers(tb testing.TB, n int) *Etcd {
	tb.Helper()
	e := &Etcd{tb: tb, Authority: NewAuthority(tb)}
	files := e.Authority.Issue("etcd")
	e.Client = e.Authority.Issue("client")
	var all []string
	for i := range n {
		peer, folder := "http://"+freeAddress(tb), tb.TempDir()
		e.Endpoints = append(e.Endpoints, freeAddress(tb))
		all = append(all, fmt.Sprintf("m%d=%s", i, peer))
		e.members = append(e.members, &member{log: filepath.Join(folder, "log"), args: []string{fmt.Sprint("--name=m", i),
			"--data-dir=" + filepath.Join(folder, "data"), "--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
			"--listen-client-urls=https://" + e.Endpoints[i], "--advertise-client-urls=https://" + e.Endpoints[i],
			"--client-cert-auth", "--trusted-ca-file=" + files.CA, "--cert-file=" + files.Cert, "--key-file=" + files.Key,
			"--bcrypt-cost=4", "--unsafe-no-fsync", "--log-level=warn"}})
	}
	for _, m := range e.members {
		m.args = append(m.args, "--initial-cluster="+strings.Join(all, ","))
	}
	e.Endpoint = e.Endpoints[0]
	e.Up()
	tb.Cleanup(func() {
		e.Down()
		for _, m := range e.members {
			if text, err := os.ReadFile(m.log); err == nil && tb.Failed() {
				tb.Logf("log of etcd:\n%s", text[max(0, len(text)-10_000):])
			}
		}
	})
	e.enableAuthentication()
	return e
}

// Up starts every process, with what it knew before, and waits until each answers.
func (e *Etcd) Up() {
	e.tb.Helper()
	for i := range e.members {
		e.start(i)
	}
	for i := range e.members {
		e.awaitMember(i)
	}
}

// UpOne starts one member, and waits until it answers.
func (e *Etcd) UpOne(i int) {
	e.tb.Helper()
	e.start(i)
	e.awaitMember(i)
}

func (e *Etcd) start(i int) {
	e.tb.Helper()
	m := e.members[i]
	output, err := os.OpenFile(m.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		e.tb.Fatal(err)
	}
	defer func() { _ = output.Close() }()
	m.run = exec.Command("etcd", m.args...)
	m.run.Stdout, m.run.Stderr = output, output
	if err := m.run.Start(); err != nil {
		e.tb.Fatalf("start etcd: %v; install it: apt-get install etcd-server", err)
	}
}

func (e *Etcd) awaitMember(i int) {
	e.tb.Helper()
	client := e.connect("", "")
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := client.Status(ctx, e.Endpoints[i]); err != nil {
		e.tb.Fatalf("etcd does not answer: %v", err)
	}
}

// Down kills every process.
func (e *Etcd) Down() {
	for i := range e.members {
		e.DownOne(i)
	}
}

// DownOne kills one member.
func (e *Etcd) DownOne(i int) {
	if run := e.members[i].run; run != nil {
		_ = run.Process.Kill()
		_ = run.Wait()
	}
}

// Signal sends every process a signal.
func (e *Etcd) Signal(s syscall.Signal) {
	for _, m := range e.members {
		_ = m.run.Process.Signal(s)
	}
}

// Root connects as the user who may do everything. Close the client.
func (e *Etcd) Root() *clientv3.Client { return e.connect("root", Password) }

func (e *Etcd) connect(user, password string) *clientv3.Client {
	e.tb.Helper()
	client, err := clientv3.New(clientv3.Config{Endpoints: e.Endpoints, Username: user, Password: password,
		Logger: zap.NewNop(), DialTimeout: 10 * time.Second,
		DialOptions: []grpc.DialOption{grpc.WithTransportCredentials(e.Client.Credentials())}})
	if err != nil {
		e.tb.Fatal(err)
	}
	return client
}

func (e *Etcd) enableAuthentication() {
	client := e.connect("", "")
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	all := clientv3.PermissionType(clientv3.PermReadWrite)
	for _, step := range []func() error{
		func() error { _, err := client.UserAdd(ctx, "root", Password); return err },
		func() error { _, err := client.UserGrantRole(ctx, "root", "root"); return err },
		func() error { _, err := client.RoleAdd(ctx, "hermod"); return err },
		func() error {
			_, err := client.RoleGrantPermission(ctx, "hermod", "/hermod/", clientv3.GetPrefixRangeEnd("/hermod/"), all)
			return err
		},
		func() error { _, err := client.UserAdd(ctx, "hermod", Password); return err },
		func() error { _, err := client.UserGrantRole(ctx, "hermod", "hermod"); return err },
		func() error { _, err := client.AuthEnable(ctx); return err },
	} {
		if err := step(); err != nil {
			e.tb.Fatalf("set up etcd's users: %v", err)
		}
	}
}

// freeAddress is one that nobody listens on at this moment.
func freeAddress(tb testing.TB) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return fmt.Sprint(listener.Addr())
}
