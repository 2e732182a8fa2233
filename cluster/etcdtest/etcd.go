package etcdtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
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

// Etcd is a running etcd of one member.
type Etcd struct {
	// Authority signed its certificate, and is to sign those of its clients.
	Authority *Authority
	// Endpoint is HOST:PORT.
	Endpoint string
	// Client is the certificate of a client.
	Client mutual.Files

	tb   testing.TB
	args []string
	run  *exec.Cmd
	log  string
}

// Start starts an etcd that knows the user hermod, who may use the keys below /hermod/. It ends with the test.
func Start(tb testing.TB) *Etcd {
	tb.Helper()
	e := &Etcd{tb: tb, Authority: NewAuthority(tb), Endpoint: freeAddress(tb)}
	files := e.Authority.Issue("etcd")
	e.Client = e.Authority.Issue("client")
	folder, peer := tb.TempDir(), "http://"+freeAddress(tb)
	e.log = filepath.Join(folder, "log")
	e.args = []string{"--name=test", "--data-dir=" + filepath.Join(folder, "data"),
		"--listen-client-urls=https://" + e.Endpoint, "--advertise-client-urls=https://" + e.Endpoint,
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer, "--initial-cluster=test=" + peer,
		"--client-cert-auth", "--trusted-ca-file=" + files.CA, "--cert-file=" + files.Cert, "--key-file=" + files.Key,
		"--bcrypt-cost=4", "--unsafe-no-fsync", "--log-level=warn"}
	e.Up()
	tb.Cleanup(func() {
		e.Down()
		if tb.Failed() {
			text, _ := os.ReadFile(e.log)
			tb.Logf("log of etcd:\n%s", text)
		}
	})
	e.enableAuthentication()
	return e
}

// Up starts the process, with what it knew before, and waits until it answers.
func (e *Etcd) Up() {
	e.tb.Helper()
	output, err := os.OpenFile(e.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		e.tb.Fatal(err)
	}
	defer func() { _ = output.Close() }()
	e.run = exec.Command("etcd", e.args...)
	e.run.Stdout, e.run.Stderr = output, output
	if err := e.run.Start(); err != nil {
		e.tb.Fatalf("start etcd: %v; install it: apt-get install etcd-server", err)
	}
	client := e.connect("", "")
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := client.Status(ctx, e.Endpoint); err != nil {
		e.tb.Fatalf("etcd does not answer: %v", err)
	}
}

// Down kills the process.
func (e *Etcd) Down() {
	_ = e.run.Process.Kill()
	_ = e.run.Wait()
}

// Signal sends the process a signal.
func (e *Etcd) Signal(s syscall.Signal) { _ = e.run.Process.Signal(s) }

// Root connects as the user who may do everything. Close the client.
func (e *Etcd) Root() *clientv3.Client { return e.connect("root", Password) }

func (e *Etcd) connect(user, password string) *clientv3.Client {
	e.tb.Helper()
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{e.Endpoint}, Username: user, Password: password,
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
