//go:build cluster

package registry_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"regexp"
	"syscall"
	"testing"
	"time"

	"hermod/cluster/etcdtest"
	"hermod/cluster/registry"
)

// authentications is how often etcd was shown a password.
func authentications(t *testing.T, e *etcdtest.Etcd) string {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(e.Client.Cert, e.Client.Key)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair},
		InsecureSkipVerify: true}}} // it was started here
	defer client.CloseIdleConnections()
	answer, err := client.Get("https://" + e.Endpoint + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(regexp.MustCompile(`grpc_server_started_total{grpc_method="Authenticate".*`).Find(text))
}

func TestRenewalsShowThePasswordOnceForAllAndSurviveARestartOfEtcd(t *testing.T) {
	t.Parallel() // each has an etcd of its own
	e := etcdtest.Start(t)
	s := open(t, e)
	lease := join(t, s, "a", time.Minute)
	if err := s.Renew(limited(t), lease); err != nil {
		t.Fatal(err)
	}
	before := authentications(t, e)
	for range 20 {
		if err := s.Renew(limited(t), lease); err != nil {
			t.Fatal(err)
		}
	}
	if after := authentications(t, e); after != before {
		t.Errorf("20 renewals: %s, before %s", after, before)
	}
	e.Down()
	e.Up()
	for s.Renew(limited(t), lease) != nil {
		if limited(t).Err() != nil {
			t.Fatal("it is not renewed any more")
		}
	}
	s.Revoke(limited(t), lease)
	for range 2 {
		if err := s.Renew(limited(t), lease); !errors.Is(err, registry.ErrLeaseGone) {
			t.Errorf("a lease that has ended: %v", err)
		}
	}
}

func TestARenewalThatIsNotAnsweredKeepsNoOtherFromBeingAnswered(t *testing.T) {
	t.Parallel() // each has an etcd of its own
	e := etcdtest.Start(t)
	s := open(t, e)
	lease := join(t, s, "a", time.Minute)
	if err := s.Renew(limited(t), lease); err != nil {
		t.Fatal(err)
	}
	e.Signal(syscall.SIGSTOP)
	short, cancel := context.WithTimeout(limited(t), 50*time.Millisecond)
	defer cancel()
	if err := s.Renew(short, lease); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("of a stopped etcd: %v", err)
	}
	e.Signal(syscall.SIGCONT)
	if err := s.Renew(limited(t), lease); err != nil {
		t.Error(err)
	}
}
