package top

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"

	"hermod/cmd/hermod/internal/cli"
	"hermod/wire"
)

// Options say which daemon to watch, and where.
type Options struct {
	// Daemon says where the daemon is.
	Daemon cli.Endpoint
	// Token is the daemon's, or empty.
	Token wire.Secret
	// In gives the keys. Out is the screen and must be a terminal.
	In  io.Reader
	Out io.Writer
}

// Run shows the daemon until the user quits or ctx ends. Run keeps trying to reach a daemon that is gone. A
// refusal ends it with a usage error.
func Run(ctx context.Context, o Options) error {
	client, err := newClient(o.Daemon, o.Token)
	if err != nil {
		return err
	}
	defer client.http.CloseIdleConnections()
	if out, ok := o.Out.(*os.File); !ok || !term.IsTerminal(int(out.Fd())) {
		return cli.UsageError("top needs a terminal; programs can use GET /v1/bots of %s", o.Daemon.URL)
	}
	return run(tea.NewProgram(newModel(client), tea.WithContext(ctx), tea.WithInput(o.In), tea.WithOutput(o.Out)), client)
}

func newClient(daemon cli.Endpoint, token wire.Secret) (*client, error) {
	base, transport, err := daemon.Open()
	if err != nil {
		return nil, err
	}
	c := &client{base: base, http: &http.Client{Transport: transport}, token: token}
	if daemon.IsSocket() {
		c.socket = daemon.URL
	}
	return c, nil
}

func run(program *tea.Program, client *client) error {
	stop := client.start(program.Send)
	defer stop()
	last, err := program.Run()
	if m, ok := last.(*model); ok && m.refused != nil {
		return m.refused
	}
	if errors.Is(err, tea.ErrInterrupted) || errors.Is(err, tea.ErrProgramKilled) {
		return nil // a signal, or the end of ctx
	}
	return err
}
