package clusterdev

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/subprocess"
)

const (
	// look is the pause between two looks whether somebody runs etcd.
	look = 250 * time.Millisecond
	// patience bounds the wait for etcd's first answer.
	patience = 20 * time.Second
	// endGrace is how long etcd may take to end.
	endGrace = 5 * time.Second
	// maxLog is the size of etcd's log at which it begins anew, in bytes.
	maxLog = 1 << 20
)

// etcd runs the program whenever no process of the cluster does.
type etcd struct {
	folder folder
	at     addresses
	log    *slog.Logger
	client http.Client
}

// answers reports whether etcd is there. The error says that another program is.
func (e *etcd) answers(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.at.client+"/version", nil)
	if err != nil {
		return false, err
	}
	answer, err := e.client.Do(request)
	if err != nil {
		return false, nil //nolint:nilerr // nobody is there yet
	}
	defer func() { _ = answer.Body.Close() }()
	var version struct {
		Server string `json:"etcdserver"`
	}
	body, _ := io.ReadAll(io.LimitReader(answer.Body, maxLog))
	if json.Unmarshal(body, &version) != nil || version.Server == "" {
		return false, fmt.Errorf("another program answers at %s, where etcd is to be; remove %s to begin anew", e.at.client, e.folder)
	}
	return true, nil
}

// await waits until etcd answers.
func (e *etcd) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if there, err := e.answers(ctx); there || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("etcd does not answer at %s; its log %s ends with: %s", e.at.client, e.folder.path("etcd.log"), e.lastWords())
		case <-time.After(look):
		}
	}
}

// lastWords is the last line of etcd's log.
func (e *etcd) lastWords() string {
	text, _ := os.ReadFile(e.folder.path("etcd.log"))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// run keeps etcd running until ctx ends. Two processes that start it at once do no harm: the second finds the address
// taken, and ends.
func (e *etcd) run(ctx context.Context) {
	for ctx.Err() == nil {
		if there, err := e.answers(ctx); !there && err == nil {
			if err := e.serve(ctx); err != nil && ctx.Err() == nil {
				e.log.Warn("etcd has ended; it is started again", "err", err, "log", e.folder.path("etcd.log"))
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(look):
		}
	}
}

// serve runs the program once.
func (e *etcd) serve(ctx context.Context) error {
	path := e.folder.path("etcd.log")
	mode := os.O_APPEND
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		mode = os.O_TRUNC
	}
	output, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|mode, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = output.Close() }()
	client, peer := "http://"+e.at.client, "http://"+e.at.peer
	cmd := exec.Command("etcd", "--name=dev", "--data-dir="+e.folder.path("etcd"),
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=dev="+peer)
	cmd.Stdout, cmd.Stderr = output, output
	for _, name := range []string{"PATH", "HOME", "ETCD_UNSUPPORTED_ARCH"} { // not the secrets of this process
		cmd.Env = append(cmd.Env, name+"="+os.Getenv(name))
	}
	subprocess.OwnGroup(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	subprocess.Terminate(cmd)
	select {
	case <-ended:
	case <-time.After(endGrace):
		subprocess.Kill(cmd)
		<-ended
	}
	return nil
}
