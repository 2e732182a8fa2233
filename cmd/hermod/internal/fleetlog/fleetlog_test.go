package fleetlog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/fleetlog"
	"hermod/wire/wiretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// taker takes every delivery.
type taker struct{}

func (taker) Inbound(context.Context, *actors.Inbound) error { return nil }
func (taker) Close(context.Context) error                    { return nil }

func newTaker(context.Context, fleet.Target) (fleet.Deliverer, error) { return taker{}, nil }

// Two hundred real relays lose their connector for an hour, in virtual time.
func TestAFleetThatLosesItsConnectorSaysSoInAFewLines(t *testing.T) {
	const bots = 200
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		conns := make(chan *wiretest.Conn, bots) // the first of each bot
		srv.Handle(func(c *wiretest.Conn) {
			c.Handshake()
			select {
			case conns <- c:
			default:
			}
			wiretest.Serve(c)
		})
		var gone atomic.Bool
		var out bytes.Buffer // written before each synctest.Wait, read after it
		logger := slog.New(slog.NewTextHandler(&out, nil))
		f, err := fleet.New(fleet.Options{Logger: logger,
			Deliverers: map[string]fleet.NewDeliverer{config.KindStream: newTaker},
			Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if gone.Load() {
					return nil, errors.New("connection refused")
				}
				return srv.Dial(ctx, network, addr)
			}})
		if err != nil {
			t.Fatal(err)
		}
		log := fleetlog.Start(f, logger)
		cfg := &config.Config{Shutdown: config.Shutdown{Budget: config.Duration{Duration: time.Second}}}
		for i := range bots {
			cfg.Bots = append(cfg.Bots, &config.Bot{Name: fmt.Sprintf("bot-%03d", i), Enabled: true, Reconnect: true, URL: "ws://connector.test",
				Identities: []config.Identity{{Platform: "discord", BotID: "b"}}, Deliver: config.Deliver{Stream: &config.Stream{}}})
		}
		if _, err := f.Apply(cfg); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if text := out.String(); strings.Count(text, "\n") != 4 || !strings.Contains(text, "more_bots=197 connected=200") {
			t.Errorf("the start is\n%s", text)
		}
		out.Reset()
		gone.Store(true)
		for range bots {
			(<-conns).Drop()
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		outage := out.String()
		if lines := strings.Count(outage, "\n"); lines > 20 {
			t.Errorf("ten minutes are %d lines:\n%s", lines, outage)
		}
		for _, want := range []string{"bot=bot-", "down=10 ", "down=100 ", "down=200 bots=200 lasts=10m0s", "connection refused", "hint=", "last_connected="} {
			if !strings.Contains(outage, want) {
				t.Errorf("no %q in\n%s", want, outage)
			}
		}
		if now := log.Figures().Connectors["connector.test"]; now.Bots != bots || !now.Outage {
			t.Errorf("the figures are %+v", now)
		}
		out.Reset()
		gone.Store(false)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if text := out.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, `msg="the outage is over"`) {
			t.Errorf("the end is\n%s", text)
		}
		log.Close()
		out.Reset()
		if err := f.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if out.Len() > 0 {
			t.Errorf("the end of the fleet is\n%s", out.String())
		}
		srv.Close()
		time.Sleep(2 * time.Millisecond) // the actor framework's own goroutine after a dead letter
	})
}
