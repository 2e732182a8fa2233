package clustered_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/clustered"
	"hermod/internal/authority"
)

func TestTheFileThatTheManualShowsIsRead(t *testing.T) {
	manual, err := os.ReadFile("../../../../cluster/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, behind, _ := strings.Cut(string(manual), "```yaml\n")
	example, _, _ := strings.Cut(behind, "```")
	own, err := authority.SelfSigned(authority.For("gw-1"))
	if err != nil {
		t.Fatal(err)
	}
	certificate, key, err := authority.PEM(own)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, content := range map[string][]byte{"cluster.yaml": []byte(example), "etcd.password": []byte("secret"),
		"etcd-ca.pem": certificate, "etcd.pem": certificate, "etcd.key": key,
		"nodes-ca.pem": certificate, "gw-1.pem": certificate, "gw-1.key": key} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	settings, err := clustered.Load(filepath.Join(folder, "cluster.yaml"), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(settings.Etcd.Endpoints); settings.Name != "gw-1" || n != 3 {
		t.Errorf("it is node %s with %d endpoints of etcd", settings.Name, n)
	}
}
