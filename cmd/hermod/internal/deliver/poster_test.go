package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
)

// fewPosts may run at once, and 4 of them to one receiver.
const fewPosts = 16

// crowd is receivers in virtual time, told apart by host, that all bots post to with one poster.
type crowd struct {
	t      *testing.T
	poster *poster
	dial   dialFunc

	mu   sync.Mutex
	open int // connections and dials
	most int // how many of them there were at once
	bots []*webhook
}

func (c *crowd) closeBots() error {
	for _, bot := range c.bots {
		if err := bot.Close(background); err != nil {
			return err
		}
	}
	return nil
}

// withCrowd runs a test against receivers that answer as serve does. Dials of the host black-hole never end by
// themselves.
func withCrowd(t *testing.T, serve http.HandlerFunc, test func(*crowd)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		listener := newPipes()
		server := http.Server{Handler: serve}
		go func() { _ = server.Serve(listener) }()
		c := &crowd{t: t}
		c.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			c.count(1)
			if address == "black-hole:80" {
				<-ctx.Done()
				c.count(-1)
				return nil, ctx.Err()
			}
			conn, err := listener.dial(ctx, network, address)
			if err != nil {
				c.count(-1)
				return nil, err
			}
			return &counted{Conn: conn, crowd: c}, nil
		}
		c.poster = newPoster(fewPosts, func(ctx context.Context, network, address string) (net.Conn, error) {
			return c.dial(ctx, network, address)
		})
		c.poster.client.Transport.(*http.Transport).Proxy = nil
		test(c)
		synctest.Wait() // a dial that nobody needs any more becomes idle
		c.poster.client.CloseIdleConnections()
		must(t, server.Close())
		synctest.Wait()
		if open, _ := c.connections(); open != 0 {
			t.Errorf("%d connections are open at the end", open)
		}
		must(t, c.closeBots())
		hosts := len(c.poster.receivers.byOrigin)
		if got := c.poster.figures(); got != (PostFigures{Free: fewPosts}) || hosts != 0 {
			t.Errorf("at the end the figures are %+v, of %d receivers", got, hosts)
		}
	})
}

func (c *crowd) count(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open += n
	c.most = max(c.most, c.open)
}

func (c *crowd) connections() (open, most int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open, c.most
}

// counted is one connection of a crowd.
type counted struct {
	net.Conn
	crowd  *crowd
	closed sync.Once
}

func (c *counted) Close() error {
	c.closed.Do(func() { c.crowd.count(-1) })
	return c.Conn.Close()
}

// bot posts to a path at a host.
func (c *crowd) bot(host, path string, timeout, retryFor time.Duration) *webhook {
	c.t.Helper()
	w, err := makeWebhook("b", &config.Webhook{URL: "http://" + host + path, Secret: &config.Secret{Value: signing},
		Timeout: config.Duration{Duration: timeout}, RetryFor: config.Duration{Duration: retryFor}}, c.poster,
		slog.New(slog.DiscardHandler), func(fleet.Health) {})
	must(c.t, err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bots = append(c.bots, w)
	return w
}

func TestASlowReceiverSlowsNoOtherAndItsOwnBotsWaitTheirTurn(t *testing.T) {
	const chats = 40
	var posts atomic.Int64
	slow := func(_ http.ResponseWriter, r *http.Request) {
		if r.Host == "slow" {
			posts.Add(1)
			time.Sleep(20 * time.Second)
		}
	}
	withCrowd(t, slow, func(c *crowd) {
		began := time.Now()
		var bots sync.WaitGroup
		for i := range chats {
			bots.Go(func() {
				if err := c.bot("slow", "/", 30*time.Second, time.Hour).Inbound(background, inbound(t, fmt.Sprint(i), "7", 1)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if got := c.poster.gate.figures(); got != (PostFigures{Running: 4, Waiting: chats - 4, Free: 12}) {
			t.Errorf("figures are %+v", got)
		}
		must(t, c.bot("quick", "/", 30*time.Second, 0).Inbound(background, inbound(t, "m", "7", 1)))
		if took := time.Since(began); took != 0 {
			t.Errorf("another receiver waited for %v", took)
		}
		bots.Wait()
		if took := time.Since(began); took != chats/4*20*time.Second || posts.Load() != chats {
			t.Errorf("%d posts of %d deliveries took %v", posts.Load(), chats, took)
		}
	})
}

func TestConnectionsOfPostsNeverTakeMoreThanTheirShareOfDescriptors(t *testing.T) {
	withCrowd(t, func(http.ResponseWriter, *http.Request) {}, func(c *crowd) {
		for i := range 100 { // each leaves a connection that its bot could use again
			must(t, c.bot(fmt.Sprintf("receiver-%d", i), "/", 30*time.Second, 0).Inbound(background, inbound(t, fmt.Sprint(i), "7", 1)))
		}
		if _, most := c.connections(); most != fewPosts {
			t.Errorf("%d connections at once, want %d", most, fewPosts)
		}
	})
}

func TestDialsThatHangTakeOneReceiversShareOnly(t *testing.T) {
	withCrowd(t, func(http.ResponseWriter, *http.Request) {}, func(c *crowd) {
		hanging := c.bot("black-hole", "/", time.Second, time.Minute)
		var bots sync.WaitGroup
		for i := range 20 {
			bots.Go(func() {
				if hanging.Inbound(background, inbound(t, fmt.Sprint(i), "7", 1)) == nil {
					t.Error("a dial that hangs took a delivery")
				}
			})
		}
		time.Sleep(30 * time.Second)
		if _, most := c.connections(); most != 4 {
			t.Errorf("%d dials at once, want 4", most)
		}
		must(t, c.bot("quick", "/", time.Second, 0).Inbound(background, inbound(t, "m", "7", 1)))
		bots.Wait()
	})
}

func TestAPostThatWaitsForItsTurnEndsWithTheRelay(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	withCrowd(t, hang, func(c *crowd) {
		ctx, cancel := context.WithCancel(background)
		var bots sync.WaitGroup
		for i := range 20 {
			bots.Go(func() {
				err := c.bot("slow", "/", time.Hour, time.Hour).Inbound(ctx, inbound(t, fmt.Sprint(i), "7", 1))
				if !errors.Is(err, context.Canceled) {
					t.Errorf("error is %v", err)
				}
			})
		}
		synctest.Wait()
		cancel()
		bots.Wait()
	})
}
