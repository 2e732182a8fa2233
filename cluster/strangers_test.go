//go:build cluster

package cluster_test

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"strings"
	"testing"
	"time"

	"hermod/cluster"
	"hermod/cluster/etcdtest"
	"hermod/cluster/mutual"
)

// greet tries to speak to a node with a certificate, and returns how far that gets.
func greet(t *testing.T, addr string, files mutual.Files, withOwn bool) error {
	t.Helper()
	pem, err := os.ReadFile(files.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	config := &tls.Config{RootCAs: pool, NextProtos: []string{"h2"}}
	if withOwn {
		own, err := tls.LoadX509KeyPair(files.Cert, files.Key)
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{own}
	}
	conn, err := tls.Dial("tcp", addr, config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, err = conn.Read(make([]byte, 1)) // a server of HTTP/2 speaks first, to those that it lets in
	return err
}

func TestANodeSpeaksToNobodyWithoutTheClustersCertificate(t *testing.T) {
	w := newWorld(t, 1)
	m := w.join("a")
	w.await(map[string]int{"a": 1})
	known := w.etcd.Authority.Issue("known")
	if err := greet(t, m.Address(), known, true); err != nil {
		t.Errorf("with a certificate of the cluster's the error is %v", err)
	}
	if err := greet(t, m.Address(), known, false); err == nil {
		t.Error("a client without a certificate is let in")
	}
	foreign := etcdtest.NewAuthority(t).Issue("stranger")
	foreign.CA = known.CA
	if err := greet(t, m.Address(), foreign, true); err == nil {
		t.Error("a client with a certificate of another authority is let in")
	}
}

func TestARenewedCertificateIsUsedWithoutARestart(t *testing.T) {
	w := newWorld(t, 1)
	m := w.join("a")
	w.await(map[string]int{"a": 1})
	next := etcdtest.NewAuthority(t).Issue("a")
	if err := greet(t, m.Address(), next, true); err == nil {
		t.Fatal("the next authority is trusted before it is there")
	}
	for from, to := range map[string]string{next.CA: m.files.CA, next.Cert: m.files.Cert, next.Key: m.files.Key} {
		content, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to+".new", content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(to+".new", to); err != nil {
			t.Fatal(err)
		}
	}
	if err := greet(t, m.Address(), next, true); err != nil {
		t.Errorf("the renewed certificate is not used: %v", err)
	}
}

func TestANodeThatOthersCouldReachNeedsTLS(t *testing.T) {
	_, err := cluster.New(cluster.Config{Name: "a", Listen: "0.0.0.0:0", Host: &host{}})
	if err == nil {
		t.Fatal("plain TCP on every address is taken")
	}
	for _, part := range []string{"need TLS", "no etcd is named", "cluster's name"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %q", err, part)
		}
	}
}
