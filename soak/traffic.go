package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"time"

	"hermod/wire"
)

// sendEvents has the connector send events to random bots.
func (w *world) sendEvents(ctx context.Context) {
	for n := 0; pause(ctx, time.Duration(float64(time.Second)/w.rate)); n++ {
		event := fmt.Appendf(nil, `{"text":"event %d","message_id":"m%d","source":{"platform":"discord","chat_id":"c%d","user_id":"u"}}`,
			n, n, n%3)
		if _, err := w.connector.Inject(botName(rand.IntN(w.bots)), event); err == nil {
			w.sent.Add(1)
		}
	}
}

// sendRequests acts for random bots over the API, with a key that comes again now and then, and as gateways behind.
func (w *world) sendRequests(ctx context.Context) {
	for n := 0; pause(ctx, time.Duration(4*float64(time.Second)/w.rate)); n++ {
		var err error
		if n%4 == 0 {
			_, err = w.behind[rand.IntN(len(w.behind))].Send(ctx, wire.NewSend("c", "request"))
		} else {
			bot, key := rand.IntN(w.bots), ""
			if n%4 == 1 { // 200 keys of bots come again and again
				bot, key = rand.IntN(min(50, w.bots)), fmt.Sprintf("key-%d", rand.IntN(4))
			}
			url := "http://" + w.daemon.Listening + "/v1/bots/" + botName(bot) + "/actions"
			err = w.post(ctx, url, `{"op":"send","chat_id":"c","content":"request"}`, key)
		}
		if w.requests.Add(1); err != nil {
			w.failed.Add(1)
		}
	}
}

// breakConnections ends sessions in all the ways that connectors do, and leaves gateways behind without theirs.
func (w *world) breakConnections(ctx context.Context) {
	codes := []int{wire.CloseTryLater, wire.CloseReplaced, wire.CloseForbidden, 1001, 1011, 1012}
	for n := 0; pause(ctx, 400*time.Millisecond); n++ {
		bot := botName(rand.IntN(w.bots))
		switch n % 5 {
		case 0:
			_ = w.connector.CloseSession(bot, codes[rand.IntN(len(codes))], "as the soak wants")
		case 1:
			w.behind[rand.IntN(len(w.behind))].GoDormant(ctx, time.Second)
			for _, r := range w.behind {
				r.Wake()
			}
		default:
			_ = w.connector.Cut(bot)
		}
		w.cuts.Add(1)
	}
}

// reload has the daemon read its configuration again: it leaves out a hundredth of the bots, other ones each time, and
// moves all webhooks. No bot with a gateway behind is left out: that tells the gateway 4401, which is its end.
func (w *world) reload(ctx context.Context) {
	for n := 1; pause(ctx, time.Minute); n++ {
		left := func(i int) bool { return n%2 == 1 && i%100 == 6+n%14 }
		if err := w.configure(left, n%3); err != nil {
			fmt.Fprintln(os.Stderr, "soak:", err)
		}
		if n%2 == 0 { // else the daemon sees that the file has changed
			_ = w.daemon.command.Process.Signal(syscall.SIGHUP)
		}
		w.reloads.Add(1)
	}
	_ = w.configure(nil, 0)
	_ = w.daemon.command.Process.Signal(syscall.SIGHUP)
}
