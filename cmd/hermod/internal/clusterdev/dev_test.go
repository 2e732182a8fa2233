package clusterdev_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/clusterdev"
)

// fakeEtcd is a program named etcd that does nothing but end.
func fakeEtcd(t *testing.T) {
	t.Helper()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "etcd"), []byte("#!/bin/sh\necho cannot serve: a test\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
}

func TestWhatIsMissingForAClusterIsNamed(t *testing.T) {
	discard := slog.New(slog.DiscardHandler)
	wanting := func(folder, config, want string) {
		t.Helper()
		dev, err := clusterdev.Start(t.Context(), folder, config, discard)
		if err == nil {
			dev.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	wanting("", "hermod.yaml", "name one with --cluster-dev=FOLDER")
	folder := t.TempDir()
	t.Run("etcd", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		wanting(folder, "hermod.yaml", "apt-get install etcd-server")
	})
	fakeEtcd(t)
	wanting(folder, "", "name it with --config")
	if err := os.WriteFile(filepath.Join(folder, "etcd.addresses"), []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wanting(folder, "hermod.yaml", "etcd.addresses is damaged; remove the folder")
}

func TestTheFilesOfKilledProcessesAreSweptAndThoseOfLiveOnesStay(t *testing.T) {
	fakeEtcd(t)
	folder := t.TempDir()
	own := filepath.Join(folder, "dev-1.yaml") // init lives
	dead := filepath.Join(folder, "dev-999999999.yaml")
	for _, file := range []string{own, dead} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = clusterdev.Start(t.Context(), folder, "", slog.New(slog.DiscardHandler)) // it has no configuration
	if _, err := os.Stat(own); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dead); err == nil {
		t.Error("what a killed process left is still there")
	}
}
