package mutual_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cluster/etcdtest"
)

func TestAStrangerWhoSaysNothingIsLeftAfterTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := etcdtest.NewAuthority(t).Issue("node")
		near, far := net.Pipe()
		defer func() { _ = far.Close() }()
		begun := time.Now()
		if _, _, err := files.Credentials().ServerHandshake(near); err == nil {
			t.Error("the stranger was let in")
		}
		if took := time.Since(begun); took != 10*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestStrangersWhoSayNothingKeepNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := etcdtest.NewAuthority(t).Issue("node")
		server := files.Credentials()
		const strangers = 200
		left := make(chan struct{}, strangers)
		for range strangers {
			near, far := net.Pipe()
			defer func() { _ = far.Close() }()
			go func() {
				_, _, _ = server.Clone().ServerHandshake(near)
				left <- struct{}{}
			}()
		}
		synctest.Wait()
		if held := strangers - len(left); held != 64 {
			t.Errorf("%d strangers are waited for", held)
		}
		near, far := net.Pipe()
		begun, served := time.Now(), make(chan error, 1)
		go func() {
			conn, _, err := server.ServerHandshake(near)
			if err == nil {
				defer func() { _ = conn.Close() }()
			}
			served <- err
		}()
		conn, _, err := files.Credentials().ClientHandshake(context.Background(), "127.0.0.1", far)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if err := <-served; err != nil || time.Since(begun) != 0 {
			t.Errorf("a node with a certificate was served after %v, error %v", time.Since(begun), err)
		}
		time.Sleep(10 * time.Second) // the strangers are left
		synctest.Wait()
		if len(left) != strangers {
			t.Errorf("%d strangers are waited for still", strangers-len(left))
		}
	})
}
