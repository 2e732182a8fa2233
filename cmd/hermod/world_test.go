package main

import (
	"context"
	"log/slog"
	"os"
	"testing"

	"hermod/cmd/hermod/internal/cli"
	"hermod/connector"
	"hermod/wire"
)

// readVariables are what commands read of the environment.
var readVariables = []string{
	"GATEWAY_RELAY_URL", "GATEWAY_RELAY_ID", "GATEWAY_RELAY_SECRET", "GATEWAY_RELAY_PLATFORMS",
	"GATEWAY_RELAY_BOT_IDS", "GATEWAY_RELAY_PLATFORM", "GATEWAY_RELAY_BOT_ID", cli.SecretVariable,
}

// clearEnvironment empties them for commands in this process.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range readVariables {
		t.Setenv(name, "")
	}
}

// clearedEnvironment is this process's with them empty, for another process.
func clearedEnvironment() []string {
	environment := os.Environ()
	for _, name := range readVariables {
		environment = append(environment, name+"=")
	}
	return environment
}

const gatewaySecret = wire.Secret("a secret of the tests")

// serve runs a connector with one gateway, g1, until the test ends.
func serve(t *testing.T, adjust ...func(*connector.Config)) *connector.Connector {
	t.Helper()
	cfg := connector.Config{
		DataDir: t.TempDir(), Logger: slog.New(slog.DiscardHandler),
		Gateways: map[string][]wire.Secret{"g1": {gatewaySecret}},
	}
	for _, change := range adjust {
		change(&cfg)
	}
	c, err := connector.Start(cfg)
	must(t, err)
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
