package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/guard"
	"hermod/connector/limit"
	"hermod/wire"
)

// rules say who may use a door.
type rules struct {
	token  wire.Secret // "" asks for none
	remote bool        // serves every host name without a token
}

func rulesOf(cfg config.HTTP) rules {
	r := rules{remote: cfg.Public}
	if cfg.Auth != config.AuthOff {
		r.token = cfg.Token.Reveal()
	}
	return r
}

// door is a socket with the rules that it was opened with. Both stay as they are: other rules need another door, and
// the connections of the old one end with it, so that no client keeps what the new rules refuse.
type door struct {
	address  string // as the configuration gives it
	rules    rules
	listener *net.TCPListener
	http     *http.Server
	bounded  net.Listener       // counts connections
	served   chan struct{}      // closed when nothing is accepted any more
	cancel   context.CancelFunc // ends the contexts of requests
}

// bind takes the address. Nothing is accepted before serve.
func bind(cfg config.HTTP) (*door, error) {
	listener, err := net.Listen("tcp", cfg.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen as http.listen says: %w; end the program that listens there, or set http.listen to another address",
			err)
	}
	if err != nil {
		return nil, fmt.Errorf("listen as http.listen says: %w", err)
	}
	return newDoor(cfg, listener.(*net.TCPListener)), nil
}

func newDoor(cfg config.HTTP, listener *net.TCPListener) *door {
	return &door{address: cfg.Listen, rules: rulesOf(cfg), listener: listener, served: make(chan struct{})}
}

// serve answers requests, of that many connections at a time, until the door is closed. failed is called if the
// listener fails.
func (d *door) serve(next http.Handler, most int, log *slog.Logger, failed func(error)) {
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	_ = d.listener.SetDeadline(time.Time{}) // an earlier door's end set one
	d.http = &http.Server{
		Handler: guard.Protect(guard.Options{Token: d.rules.token, Remote: d.rules.remote, Open: isOpen, Shared: isShared},
			next),
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	bounded := limit.Guard(d.http, socket{d.listener}, most)
	d.bounded = bounded
	go func() {
		defer close(d.served)
		if err := d.http.Serve(bounded); !errors.Is(err, http.ErrServerClosed) {
			failed(err)
		}
	}()
}

// close ends the requests' contexts and gives their answers a moment, or none once ctx has ended. The socket stays
// bound, with clients in its queue, until release or for another door.
func (d *door) close(ctx context.Context) {
	d.cancel()
	polite, cancel := context.WithTimeout(ctx, lingerTime)
	defer cancel()
	if d.http.Shutdown(polite) != nil {
		_ = d.http.Close()
	}
	<-d.served
}

// release gives the address up.
func (d *door) release() { _ = d.listener.Close() }

// socket is a listener whose end leaves the address bound.
type socket struct{ *net.TCPListener }

// Close makes Accept return.
func (s socket) Close() error { return s.SetDeadline(time.Unix(1, 0)) }
