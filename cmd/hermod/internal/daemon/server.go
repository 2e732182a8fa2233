package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/guard"
	"hermod/wire"
)

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
	// lingerTime is how long answers may take after the fleet has ended.
	lingerTime = time.Second
)

// server is the daemon's HTTP server; without an address it serves nothing. Until it is opened it tells of the daemon's
// health only.
type server struct {
	listener net.Listener
	http     *http.Server
	routes   atomic.Pointer[http.Handler]
	failed   chan error
	served   chan struct{}
	cancel   context.CancelFunc // ends the contexts of requests
}

// listen binds the address and serves probes. The rest is served once the server is opened.
func (d *Daemon) listen(cfg config.HTTP) (*server, error) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{failed: make(chan error, 1), served: make(chan struct{}), cancel: cancel}
	if cfg.Listen == "off" {
		close(s.served)
		return s, nil
	}
	var err error
	if s.listener, err = net.Listen("tcp", cfg.Listen); err != nil {
		cancel()
		return nil, fmt.Errorf("listen as http.listen says: %w", err)
	}
	s.open(d.probes())
	s.http = &http.Server{
		Handler: d.protect(s), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog:    slog.NewLogLogger(d.log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return s, nil
}

// protect asks for the token of the current configuration.
func (d *Daemon) protect(next http.Handler) http.Handler {
	return guard.Protect(guard.Options{
		Token: func() wire.Secret {
			if cfg := d.current.Load().HTTP; cfg.Auth != config.AuthOff {
				return cfg.Token.Reveal()
			}
			return ""
		},
		Remote: func() bool { return d.current.Load().HTTP.Public },
		Open:   isOpen,
	}, next)
}

// open has the server serve these routes from now on.
func (s *server) open(routes http.Handler) { s.routes.Store(&routes) }

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*s.routes.Load()).ServeHTTP(w, r)
}

func (s *server) addr() string {
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// close ends the requests' contexts and gives their answers a moment, or none once ctx has ended.
func (s *server) close(ctx context.Context) {
	s.cancel()
	if s.http != nil {
		polite, cancel := context.WithTimeout(ctx, lingerTime)
		defer cancel()
		if s.http.Shutdown(polite) != nil {
			_ = s.http.Close()
		}
	}
	<-s.served
}
