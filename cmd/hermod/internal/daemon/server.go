package daemon

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/connector/limit"
)

// lingerTime is how long answers may take after the fleet has ended, or after their door was closed.
const lingerTime = time.Second

// server is the daemon's HTTP server: one door at a time, or none. Until it is opened it tells of the daemon's health
// only. Run's goroutine changes it.
type server struct {
	log    *slog.Logger
	most   int                  // connections at a time
	door   atomic.Pointer[door] // nil while nothing is served
	routes atomic.Pointer[http.Handler]
	failed chan error
}

func newServer(log *slog.Logger, most int) *server {
	return &server{log: log, most: most, failed: make(chan error, 1)}
}

// next is the door that a configuration asks for: the one in use, or one that leave and enter change to. A new address
// is bound here: the error says that it is taken, and then the door in use stays as it is, with its rules.
func (s *server) next(cfg config.HTTP) (*door, error) {
	now := s.door.Load()
	switch {
	case cfg.Listen == "off":
		return nil, nil
	case now == nil || now.address != cfg.Listen:
		return bind(cfg)
	case now.rules != rulesOf(cfg):
		return newDoor(cfg, now.listener), nil
	}
	return now, nil
}

// leave closes the door in use if another one, perhaps at the same socket, is to follow it.
func (s *server) leave(next *door) {
	now := s.door.Load()
	if now == nil || now == next {
		return
	}
	now.close(context.Background())
	if next == nil || next.listener != now.listener {
		now.release()
	}
	if next == nil {
		s.door.Store(nil)
	}
}

// enter opens a door after leave and says whether it is another one.
func (s *server) enter(next *door) bool {
	if next == nil || next == s.door.Load() {
		return false
	}
	next.serve(s, s.most, s.log, func(err error) { s.failed <- err })
	s.door.Store(next)
	return true
}

// open has the server serve these routes from now on.
func (s *server) open(routes http.Handler) { s.routes.Store(&routes) }

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*s.routes.Load()).ServeHTTP(w, r)
}

// addr is where the server listens, "" while it does not.
func (s *server) addr() string {
	if door := s.door.Load(); door != nil {
		return door.listener.Addr().String()
	}
	return ""
}

// connections are those that clients have.
func (s *server) connections() int {
	if door := s.door.Load(); door != nil {
		return limit.Kept(door.bounded)
	}
	return 0
}

// close ends the requests' contexts and gives their answers a moment, or none once ctx has ended.
func (s *server) close(ctx context.Context) {
	if door := s.door.Swap(nil); door != nil {
		door.close(ctx)
		door.release()
	}
}
