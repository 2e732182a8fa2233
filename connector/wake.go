package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"code.dny.dev/ssrf"

	"hermod/wire"
)

const (
	// wakeTimeout bounds one wake call.
	wakeTimeout = 5 * time.Second
	// maxWakes bounds the calls under way, so that URLs that do not answer take few descriptors. Others wait.
	maxWakes = 64
	// maxWakeAnswer bounds the head of an answer, whose body is not read, in bytes.
	maxWakeAnswer = 4 << 10
	wakeBody      = "{}"
)

// wakers calls wake URLs.
type wakers struct {
	configured http.Client // the operator's URLs
	registered http.Client // those of gateways, which are not trusted
	places     chan struct{}
}

func newWakers(guard wakeGuard) *wakers {
	return &wakers{
		configured: newWakeClient(&http.Transport{Proxy: http.ProxyFromEnvironment}),
		registered: guard.client(), places: make(chan struct{}, maxWakes),
	}
}

// newWakeClient follows no redirects and keeps no connection.
func newWakeClient(transport *http.Transport) http.Client {
	transport.DisableKeepAlives, transport.MaxResponseHeaderBytes = true, maxWakeAnswer
	return http.Client{
		Timeout: wakeTimeout, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// do makes a call as soon as fewer than maxWakes are under way.
func (w *wakers) do(request *http.Request, configured bool) (*http.Response, error) {
	select {
	case w.places <- struct{}{}:
		defer func() { <-w.places }()
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
	if configured {
		return w.configured.Do(request)
	}
	return w.registered.Do(request)
}

// Wake calls the gateway's wake URL, and returns once it was answered with 2xx, within 5 s of its turn: 64 calls are
// made at a time. The call is a GET without a body or a signature, as the proxies take it that wake machines; with
// Config.SignedWakes it is a POST of an empty JSON object, signed if the gateway has a delivery key. Errors:
// ErrNoWakeURL, ErrWakeForbidden, ErrWakeFailed and those of Inject for the gateway's id.
func (c *Connector) Wake(ctx context.Context, gateway string) error {
	g, err := c.gateway(gateway)
	if err != nil {
		return err
	}
	return g.wake(ctx)
}

// wakeURL returns the configured URL, else the registered one, else "".
func (g *gateway) wakeURL() (target string, configured bool) {
	if ask := g.c.cfg.Embedding.WakeURL; ask != nil {
		target = ask(g.id)
	}
	if target = cmp.Or(target, g.c.cfg.WakeURLs[g.id]); target != "" {
		return target, true
	}
	return g.c.accounts.get(g.id).WakeURL, false
}

func (g *gateway) wake(ctx context.Context) error {
	target, configured := g.wakeURL()
	if target == "" {
		return fmt.Errorf("%w %q", ErrNoWakeURL, g.id)
	}
	request, err := g.wakeRequest(ctx, target)
	if err != nil {
		return fmt.Errorf("%w: gateway %q: the wake URL is not valid", ErrWakeFailed, g.id)
	}
	response, err := g.c.wakers.do(request, configured)
	if err != nil {
		return g.wakeError(err)
	}
	_ = response.Body.Close() // the status says all
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%w: the wake URL of gateway %q answered %s", ErrWakeFailed, g.id, response.Status)
	}
	return nil
}

func (g *gateway) wakeRequest(ctx context.Context, target string) (*http.Request, error) {
	if !g.c.cfg.SignedWakes {
		return http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(wakeBody))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if key := wire.Secret(g.c.accounts.get(g.id).DeliveryKey); key != "" {
		timestamp, signature := wire.SignDelivery([]byte(wakeBody), key, time.Now())
		request.Header.Set(wire.DeliveryTimestampHeader, timestamp)
		request.Header.Set(wire.DeliverySignatureHeader, signature)
	}
	return request, nil
}

// wakeError says why a call failed, without the URL, which may hold a token.
func (g *gateway) wakeError(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if errors.Is(err, ssrf.ErrProhibitedIP) {
		return fmt.Errorf("%w: gateway %q: %w; allow its network if the gateway belongs there", ErrWakeForbidden, g.id, err)
	}
	return fmt.Errorf("%w: gateway %q: %w", ErrWakeFailed, g.id, err)
}

// poke wakes the gateway in the background for as long as it stays away and something waits for it: at most once per
// cooldown, whatever the URL answers.
func (g *gateway) poke() {
	if target, _ := g.wakeURL(); target == "" {
		return
	}
	g.mu.Lock()
	begins := !g.poking && g.isAwaitedLocked() && g.c.begin()
	g.poking = g.poking || begins
	g.mu.Unlock()
	if !begins {
		return
	}
	go func() {
		defer g.c.work.Done()
		for g.pokeNext() {
		}
	}()
}

// isAwaitedLocked reports whether the gateway should come.
func (g *gateway) isAwaitedLocked() bool {
	return (g.session == nil || g.idle) && !g.revoked && !g.closing && len(g.backlog.entries) > 0
}

// pokeNext calls the URL once the cooldown is over, and reports whether to go on.
func (g *gateway) pokeNext() bool {
	g.mu.Lock()
	rest := time.Until(g.poked.Add(g.c.cfg.WakeCooldown))
	g.mu.Unlock()
	select {
	case <-time.After(rest):
	case <-g.c.ctx.Done():
	}
	g.mu.Lock()
	if g.poking = g.isAwaitedLocked(); g.poking {
		g.poked = time.Now()
	}
	awaited := g.poking
	g.mu.Unlock()
	if !awaited {
		return false
	}
	if err := g.wake(g.c.ctx); err != nil {
		g.c.quiet.wakes.log(g.c.log, slog.LevelWarn, "wake failed, it is repeated after the cooldown", "gateway", g.id, "err", err)
	}
	return true
}

// pokeThoseAwaited wakes the gateways for which an earlier run left something, once they had the time to come by
// themselves.
func (c *Connector) pokeThoseAwaited() {
	for _, g := range c.all() {
		if len(g.backlog.entries) > 0 {
			g.poked = time.Now()
			g.poke()
		}
	}
}
