package deliver

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire/wiretest"
)

// asChild makes the test binary behave as a bot's process.
const asChild = "HERMOD_TEST_AS_CHILD"

func beChild(how string) {
	switch how {
	case "crash":
		fmt.Fprintln(os.Stderr, "about to crash")
		os.Exit(3)
	case "flood":
		fmt.Fprint(os.Stderr, strings.Repeat("too much\n", 10_000))
	case "run":
		_, _ = io.Copy(io.Discard, os.Stdin)
	}
}

// processed is a bot whose process behaves so.
func processed(how string) *config.Bot {
	return &config.Bot{Name: "a", Enabled: true, Reconnect: true, URL: "ws://connector.test",
		Identities: []config.Identity{{Platform: "discord", BotID: "a"}}, Deliver: config.Deliver{Process: &config.Process{
			Command: []string{os.Args[0]}, Env: map[string]config.Variable{asChild: {Text: how}}}}}
}

// withProcess runs a test with a connected bot whose processes are real and die at once, in virtual time.
func withProcess(t *testing.T, how string, test func(bot *fleet.Bot)) (log string) {
	t.Helper()
	var written logBuffer
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		srv.Handle(func(c *wiretest.Conn) {
			c.Handshake()
			wiretest.Serve(c)
		})
		f, err := fleet.New(fleet.Options{Dial: srv.Dial, Logger: slog.New(slog.NewTextHandler(&written, nil)),
			Deliverers: map[string]fleet.NewDeliverer{config.KindProcess: New(16).newProcess}})
		must(t, err)
		_, err = f.Apply(&config.Config{Bots: []*config.Bot{processed(how)},
			Shutdown: config.Shutdown{Budget: config.Duration{Duration: 10 * time.Second}}})
		must(t, err)
		test(f.Bots()[0])
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		must(t, f.Close(ctx))
		srv.Close()
		time.Sleep(2 * time.Millisecond) // the framework's own goroutine after a dead letter
	})
	return written.String()
}

func TestAProcessThatCrashesForEverIsSeen(t *testing.T) {
	log := withProcess(t, "crash", func(bot *fleet.Bot) {
		began := time.Now()
		time.Sleep(10 * time.Minute)
		s := bot.Status()
		if s.PlatformState != "connected" || s.Delivery().Err != "the process ended: exit status 3" || s.Delivery().Hint == "" ||
			s.Delivery().Since.Sub(began) > time.Second || s.DeliveryState() != fleet.Failing ||
			s.Delivery().Failures != int(s.Delivery().Restarts) || time.Until(s.Delivery().NextProbe) > processBackoff.Max ||
			time.Until(s.Delivery().NextProbe) <= 0 {
			t.Errorf("status is %s, delivery %+v", s.PlatformState, s.Delivery())
		}
		if n := s.Delivery().Restarts; n < 10*60/30 || n > 10*60/15+6 { // the ladder ends at 15 to 30 s
			t.Errorf("%d restarts in ten minutes", n)
		}
	})
	if !strings.Contains(log, "about to crash") {
		t.Errorf("the log does not say why:\n%s", log)
	}
}

func TestAProcessThatCannotBeStartedIsSeen(t *testing.T) {
	withProcess(t, "crash\x00", func(bot *fleet.Bot) {
		time.Sleep(time.Minute)
		if s := bot.Status(); !strings.HasPrefix(s.Delivery().Err, "start the process: ") || s.Delivery().Restarts == 0 {
			t.Errorf("delivery is %+v", s.Delivery())
		}
	})
}

func TestTheLinesThatProcessesFloodTheLogWithAreCounted(t *testing.T) {
	log := withProcess(t, "flood", func(bot *fleet.Bot) {
		time.Sleep(time.Minute)
		s := bot.Status()
		if n := s.Delivery().Restarts; s.Delivery().DroppedLines < (n-1)*10_000-1000 || s.Delivery().DroppedLines > n*10_000 {
			t.Errorf("delivery is %+v", s.Delivery())
		}
	})
	if n := strings.Count(log, "too much"); n < errorLineBurst || n > errorLineBurst+60*errorLineRate+1 {
		t.Errorf("%d lines are logged in a minute", n)
	}
}

func TestEveryLineOfAProcessIsLoggedOrToldOfWhenTheBotEnds(t *testing.T) {
	log := withProcess(t, "flood", func(*fleet.Bot) { time.Sleep(100 * time.Millisecond) }) // before the next start
	if logged := strings.Count(log, "too much"); !strings.Contains(log, fmt.Sprintf("lines_dropped=%d", 10_000-logged)) {
		t.Errorf("of 10,000 lines %d are logged; the log ends with %s", logged, log[max(0, len(log)-1000):])
	}
}

// In real time, since the virtual one stands still while a process runs.
func TestADeliveryWorksAgainWhenAProcessStaysUp(t *testing.T) {
	f, err := fleet.New(fleet.Options{})
	must(t, err)
	defer func() { must(t, f.Close(background)) }()
	bot := unstarted(t, f, 1)[0]
	reported := make(chan fleet.Health, 100)
	p := &process{bot: bot, config: processed("run").Deliver.Process, log: slog.New(slog.DiscardHandler),
		upkeep: &upkeep{report: func(h fleet.Health) { reported <- h }}, stable: time.Millisecond,
		done: make(chan struct{}), changed: make(chan struct{})}
	p.errors = newErrorLog(p.log, p.upkeep.dropped)
	p.life, p.cancel = context.WithCancel(background)
	p.upkeep.ended(io.ErrUnexpectedEOF, time.Now())
	if h := <-reported; h.Err == "" || h.Since.IsZero() {
		t.Errorf("health is %+v", h)
	}
	var keep sync.WaitGroup
	keep.Go(p.keep)
	if h := <-reported; h.State != fleet.Failing || !h.NextProbe.IsZero() {
		t.Errorf("once the next one runs, health is %+v", h)
	}
	if h := <-reported; h != (fleet.Health{Restarts: 1}) {
		t.Errorf("health is %+v", h)
	}
	must(t, p.Close(background))
	keep.Wait()
	if len(reported) != 0 {
		t.Errorf("at the end, health is %+v", <-reported)
	}
}
