//go:build interop

package interop

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	json "github.com/goccy/go-json"

	"hermod/connector"
	"hermod/wire"
)

// applyingConnector, set in the environment, makes the test binary a connector whose platform keeps an account: a line
// for each action that it applied, written with one system call before the result leaves.
const applyingConnector = "HERMOD_INTEROP_CONNECTOR"

// applying is what such a connector is told to be.
type applying struct {
	Listen  string
	Folder  string
	Account string
}

func (a applying) serve() error {
	account, err := os.OpenFile(a.Account, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	c, err := connector.Start(connector.Config{
		Listen: a.Listen, DataDir: a.Folder, Gateways: map[string][]wire.Secret{gatewayID: {secret}},
		Window: 64, Dev: true,
		OnOutbound: func(ctx context.Context, r connector.Record) wire.Result { return apply(ctx, account, r) },
	})
	if err != nil {
		return err
	}
	fmt.Printf("{\"listening\":%q}\n", c.Addr())
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
	return c.Close(context.Background())
}

// apply takes a moment on either side, as a platform does, so that kills find actions applied and not answered.
func apply(ctx context.Context, account *os.File, r connector.Record) wire.Result {
	moment := func() { <-time.After(rand.N(5 * time.Millisecond)) }
	moment()
	if ctx.Err() != nil {
		return wire.Failure("the session has ended", false)
	}
	raw, _ := r.Action.Field("content")
	var number string
	if err := json.Unmarshal(raw, &number); err != nil {
		return wire.Failure(err.Error(), false)
	}
	if _, err := account.WriteString(number + "\n"); err != nil {
		return wire.Failure(err.Error(), true)
	}
	moment()
	return wire.Result{Success: true, MessageID: "m" + number}
}

// serveApplying runs the connector that the environment describes.
func serveApplying(config string) {
	var a applying
	err := json.Unmarshal([]byte(config), &a)
	if err == nil {
		err = a.serve()
	}
	if err != nil {
		fail(err)
	}
}
