package daemon

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/config"
)

// metricsConnections bounds the connections of the listener for metrics and probes; few programs use it.
const metricsConnections = 64

// servers are what the daemon serves: everything at http.listen, and metrics and probes at metrics.listen. Until they
// are opened they tell of the daemon's health only.
type servers struct {
	main, metrics *server
	failed        chan error
}

func newServers(log *slog.Logger, control *access.Control, most int) *servers {
	failed := make(chan error, 2)
	return &servers{failed: failed,
		main:    &server{log: log, control: control, most: most, failed: failed},
		metrics: &server{log: log, control: control, most: min(most, metricsConnections), failed: failed}}
}

// changes are those of all servers, to be made together.
type changes []*change

// next prepares what a configuration asks for; the error says which address cannot be had, and then nothing changes.
func (s *servers) next(cfg *config.Config) (changes, error) {
	first, err := s.main.next(cfg.HTTP, cfg.HTTP.Listener())
	if err != nil {
		return nil, err
	}
	second, err := s.metrics.next(cfg.HTTP, cfg.Metrics.Listener())
	if err != nil {
		first.drop()
		return nil, err
	}
	return changes{first, second}, nil
}

// drop gives up what was bound for the changes.
func (all changes) drop() {
	for _, c := range all {
		c.drop()
	}
}

// leave waits for the answers of all servers at the same time.
func (all changes) leave() {
	var left sync.WaitGroup
	for _, c := range all {
		left.Go(c.leave)
	}
	left.Wait()
}

// enter returns the servers that have another door now.
func (all changes) enter() (opened []*server) {
	for _, c := range all {
		if c.enter() {
			opened = append(opened, c.server)
		}
	}
	return opened
}

// open has the servers serve these routes from now on.
func (s *servers) open(main, metrics http.Handler) {
	s.main.open(main)
	s.metrics.open(metrics)
}

// expiries tell when the certificates in use expire, by the section of the configuration that names them.
func (s *servers) expiries() map[string]time.Time {
	all := make(map[string]time.Time)
	for section, server := range map[string]*server{"http": s.main, "metrics": s.metrics} {
		if t := server.certificate(); t != nil {
			all[section] = t.Expires
		}
	}
	return all
}

func (s *servers) close(ctx context.Context) {
	var closed sync.WaitGroup
	closed.Go(func() { s.main.close(ctx) })
	closed.Go(func() { s.metrics.close(ctx) })
	closed.Wait()
}
