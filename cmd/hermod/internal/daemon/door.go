package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync/atomic"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/guard"
	"hermod/cmd/hermod/internal/keypair"
	"hermod/connector/limit"
)

// rules say who may use a door.
type rules struct {
	mode    fs.FileMode
	open    bool // asks for no token
	anyHost bool
	secured bool
	clients config.Sum // the authorities of client certificates
	proxies config.Proxies
}

func rulesOf(cfg config.HTTP, l config.Listener) rules {
	r := rules{mode: l.Mode, open: l.Open, anyHost: l.AnyHost, proxies: cfg.Proxies}
	if l.TLS != nil {
		r.secured, r.clients = true, l.TLS.Clients
	}
	return r
}

func (r rules) same(other rules) bool {
	proxies := r.proxies.Unix == other.proxies.Unix && slices.Equal(r.proxies.Networks, other.proxies.Networks)
	return proxies && r.mode == other.mode && r.open == other.open && r.anyHost == other.anyHost &&
		r.secured == other.secured && r.clients == other.clients
}

// door is a socket with the rules that it was opened with. Both stay as they are: other rules need another door, and
// the connections of the old one end with it, so that no client keeps what the new rules refuse. Tokens and the
// certificate change while the door is open; what a token had that is gone ends, and nothing else.
type door struct {
	socket   *socket
	rules    rules
	register *access.Register
	tls      atomic.Pointer[config.ServerTLS] // nil without TLS
	http     *http.Server
	bounded  net.Listener       // counts connections
	served   chan struct{}      // closed when nothing is accepted any more
	cancel   context.CancelFunc // ends the contexts of requests
}

func newDoor(cfg config.HTTP, l config.Listener, s *socket) *door {
	d := &door{socket: s, rules: rulesOf(cfg, l), register: access.NewRegister(l.Open), served: make(chan struct{})}
	d.renew(cfg, l)
	return d
}

// renew takes over tokens and certificate.
func (d *door) renew(cfg config.HTTP, l config.Listener) {
	d.register.Replace(tokensOf(cfg))
	d.tls.Store(l.TLS)
}

// tokensOf are the tokens that somebody may show, the one for everything included.
func tokensOf(cfg config.HTTP) (all []access.Token) {
	if cfg.Token != nil {
		all = append(all, access.Token{Name: "http.token", Secret: cfg.Token.Reveal(), Roles: []access.Role{access.Admin}})
	}
	for _, t := range cfg.Tokens {
		token := access.Token{Name: t.Name, Secret: t.Token.Reveal(), Bots: t.Bots}
		for _, role := range t.Roles {
			token.Roles = append(token.Roles, access.Role(role))
		}
		all = append(all, token)
	}
	return all
}

// serve answers requests, of that many connections at a time, until the door is closed. failed is called if the
// listener fails.
func (d *door) serve(next http.Handler, control *access.Control, most int, log *slog.Logger, failed func(error)) {
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	d.http = &http.Server{
		Handler: guard.Protect(guard.Options{Control: control, Register: d.register, Proxies: access.Proxies(d.rules.proxies),
			AnyHost: d.rules.anyHost, Open: isOpen, Shared: isShared}, next),
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	bounded := limit.Guard(d.http, d.socket.listener(), most)
	d.bounded = bounded
	serve := d.http.Serve
	if d.rules.secured {
		d.http.TLSConfig = keypair.Following(func() *tls.Config { return d.tls.Load().Config })
		serve = func(l net.Listener) error { return d.http.ServeTLS(l, "", "") }
	}
	go func() {
		defer close(d.served)
		if err := serve(bounded); !errors.Is(err, http.ErrServerClosed) {
			failed(err)
		}
	}()
}

// close ends the requests' contexts and gives their answers a moment, or none once ctx has ended. The socket stays
// bound, with clients in its queue, until it is released or for another door.
func (d *door) close(ctx context.Context) {
	d.cancel()
	polite, cancel := context.WithTimeout(ctx, lingerTime)
	defer cancel()
	if d.http.Shutdown(polite) != nil {
		_ = d.http.Close()
	}
	<-d.served
}
