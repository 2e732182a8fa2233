package connector_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(gatewayProcess); url != "" {
		playGateway(url)
		return
	}
	goleak.VerifyTestMain(m)
}
