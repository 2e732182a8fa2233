package connector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hermod/wire"
)

const (
	// wakeTimeout bounds one wake call.
	wakeTimeout = 5 * time.Second
	wakeBody    = "{}"
)

// newWakeClient follows no redirects.
func newWakeClient() http.Client {
	return http.Client{
		Timeout: wakeTimeout, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Wake posts an empty JSON object to the gateway's wake URL, signed if the gateway has a delivery key,
// and returns once it was answered with 2xx, within 5 s. Errors: ErrNoWakeURL, ErrWakeFailed and those
// of Inject for the gateway's id.
func (c *Connector) Wake(ctx context.Context, gateway string) error {
	g, err := c.gateway(gateway)
	if err != nil {
		return err
	}
	return g.wake(ctx)
}

// wakeURL returns the configured URL, else the registered one, else "".
func (g *gateway) wakeURL() string {
	if configured := g.c.cfg.WakeURLs[g.id]; configured != "" {
		return configured
	}
	return g.c.accounts.get(g.id).WakeURL
}

func (g *gateway) wake(ctx context.Context) error {
	target := g.wakeURL()
	if target == "" {
		return fmt.Errorf("%w %q", ErrNoWakeURL, g.id)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(wakeBody))
	if err != nil {
		return fmt.Errorf("%w: gateway %q: the wake URL is not valid", ErrWakeFailed, g.id)
	}
	request.Header.Set("Content-Type", "application/json")
	if key := wire.Secret(g.c.accounts.get(g.id).DeliveryKey); key != "" {
		timestamp, signature := wire.SignDelivery([]byte(wakeBody), key, time.Now())
		request.Header.Set(wire.DeliveryTimestampHeader, timestamp)
		request.Header.Set(wire.DeliverySignatureHeader, signature)
	}
	response, err := g.c.wakers.Do(request)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // without the URL, which may hold a token
		}
		return fmt.Errorf("%w: gateway %q: %w", ErrWakeFailed, g.id, err)
	}
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10)
	_ = response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%w: the wake URL of gateway %q answered %s", ErrWakeFailed, g.id, response.Status)
	}
	return nil
}

// pokeOnce wakes the gateway in the background, once per sleep; a failed call may be repeated.
func (g *gateway) pokeOnce() {
	if g.wakeURL() == "" {
		return
	}
	g.mu.Lock()
	needed := !g.poked && !g.revoked
	g.poked = g.poked || needed
	g.mu.Unlock()
	if !needed || !g.c.begin() {
		return
	}
	go func() {
		defer g.c.work.Done()
		if err := g.wake(g.c.ctx); err != nil {
			g.c.log.Warn("wake failed", "gateway", g.id, "err", err)
			g.mu.Lock()
			g.poked = false
			g.mu.Unlock()
		}
	}()
}
