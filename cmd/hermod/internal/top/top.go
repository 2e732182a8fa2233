package top

import (
	"context"
	"errors"
	"io"
	"net/url"
	"os"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"

	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/remote"
	"hermod/wire"
)

// Options say which daemon to watch, and where.
type Options struct {
	// URL is the daemon's, http or https; its path is left out.
	URL string
	// Token is the daemon's, or empty.
	Token wire.Secret
	// In gives the keys. Out is the screen and must be a terminal.
	In  io.Reader
	Out io.Writer
}

// Run shows the daemon until the user quits or ctx ends. Run keeps trying to reach a daemon that is gone. A
// refusal ends it with a usage error.
func Run(ctx context.Context, o Options) error {
	client, err := newClient(o.URL, o.Token)
	if err != nil {
		return err
	}
	if out, ok := o.Out.(*os.File); !ok || !term.IsTerminal(int(out.Fd())) {
		return cli.UsageError("top needs a terminal; programs can use GET %s/v1/bots", client.base)
	}
	return run(tea.NewProgram(newModel(client), tea.WithContext(ctx), tea.WithInput(o.In), tea.WithOutput(o.Out)), client)
}

func newClient(base string, token wire.Secret) (*client, error) {
	parsed, err := url.Parse(base)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil {
		return nil, cli.UsageError("--url is not an http or https URL; use for example %s", remote.DefaultURL)
	}
	return &client{base: parsed.Scheme + "://" + parsed.Host, token: token}, nil
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
