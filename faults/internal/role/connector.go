package role

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"hermod/connector"
	"hermod/faults/internal/journal"
	"hermod/wire"
)

// connector serves until it is killed.
func (c Config) connector(notes *journal.Writer) error {
	secrets := make(map[string][]wire.Secret)
	for id, file := range c.Gateways {
		secret, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		secrets[id] = []wire.Secret{wire.Secret(strings.TrimSpace(string(secret)))}
	}
	listener, err := c.listen(notes)
	if err != nil {
		return err
	}
	platform := &platform{notes: notes}
	running, err := connector.Start(connector.Config{
		Listener: listener, DataDir: c.Folder, Gateways: secrets, Dev: true, PingInterval: PingInterval,
		OnOutbound: platform.perform, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	defer running.Close(context.Background())
	ready()
	select {}
}

// listen listens for plain connections and for TLS, and notes what comes and goes.
func (c Config) listen(notes *journal.Writer) (net.Listener, error) {
	plain, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, err
	}
	secured, err := tls.Listen("tcp", c.ListenTLS, &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		return nil, err
	}
	both := &listeners{Listener: plain, notes: notes, accepted: make(chan net.Conn)}
	go both.accept(plain)
	go both.accept(secured)
	return both, nil
}

// listeners accepts from two, and taps what it accepts.
type listeners struct {
	net.Listener
	notes    *journal.Writer
	accepted chan net.Conn
	numbers  atomic.Int64 // of connections
}

func (l *listeners) accept(from net.Listener) {
	for {
		conn, err := from.Accept()
		if err != nil {
			<-time.After(10 * time.Millisecond) // out of files, perhaps
			continue
		}
		l.accepted <- newTap(conn, l.notes.On(l.numbers.Add(1)))
	}
}

// Accept implements net.Listener.
func (l *listeners) Accept() (net.Conn, error) { return <-l.accepted, nil }

// platform applies actions, and notes each before its result leaves.
type platform struct{ notes *journal.Writer }

func (p *platform) perform(ctx context.Context, r connector.Record) wire.Result {
	raw, _ := r.Action.Field("content")
	var text string
	var c Command
	if json.Unmarshal(raw, &text) != nil || json.Unmarshal([]byte(text), &c) != nil {
		return wire.Failure("the content is no command", false)
	}
	<-time.After(time.Duration(c.Before) * time.Millisecond)
	if ctx.Err() != nil {
		return wire.Failure("the session has ended", false)
	}
	p.notes.Note(journal.Applied, c.ID, "")
	<-time.After(time.Duration(c.After) * time.Millisecond)
	if c.Mute {
		<-ctx.Done()
	}
	return wire.Result{Success: true, MessageID: "m-" + c.ID}
}
