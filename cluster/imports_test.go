package cluster_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Whoever embeds the engine alone pays nothing for the cluster.
func TestTheEmbeddedEngineImportsNothingOfTheCluster(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "hermod/actors", "hermod/gateway/...", "hermod/connector").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if len(packages) < 100 {
		t.Fatalf("go list names %d packages only", len(packages))
	}
	for _, imported := range packages {
		for _, foreign := range []string{"go.etcd.io/etcd/", "google.golang.org/grpc", "github.com/asynkron/protoactor-go/cluster",
			"github.com/asynkron/protoactor-go/remote", "go.uber.org/zap", "hermod/cluster"} {
			if strings.HasPrefix(imported, foreign) {
				t.Errorf("the engine depends on %s", imported)
			}
		}
	}
}
