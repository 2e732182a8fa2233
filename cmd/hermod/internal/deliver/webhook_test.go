package deliver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.opentelemetry.io/otel/propagation"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// posted is one request as the receiver saw it.
type posted struct {
	at   time.Time
	path string
	id   string
	body string
	err  error // of verifying it
}

// receiver is a webhook in virtual time, and what it was sent.
type receiver struct {
	*webhook
	cfg *config.Webhook
	mu  sync.Mutex // of got and told, while posts run
	got []posted
	log bytes.Buffer
	end func() // of its store

	told []fleet.Health // what the fleet was told
}

func (r *receiver) report(h fleet.Health) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, h)
}

// withReceiver runs a test against a receiver; answer says how to answer the n-th post, counted from 1.
func withReceiver(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request), test func(*receiver)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		verifier, err := standardwebhooks.NewWebhook(signing)
		must(t, err)
		r := &receiver{end: func() {}}
		listener := newPipes()
		server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			body, _ := io.ReadAll(request.Body)
			r.mu.Lock()
			r.got = append(r.got, posted{time.Now(), request.URL.Path, request.Header.Get("Webhook-Id"), string(body),
				verifier.Verify(body, request.Header)})
			n := len(r.got)
			r.mu.Unlock()
			answer(n, w, request)
		})}
		go func() { _ = server.Serve(listener) }()
		poster := newPoster(1024, listener.dial)
		poster.client.Transport.(*http.Transport).Proxy = nil
		r.cfg = &config.Webhook{URL: "http://receiver.test/hook?key=hunter2", Secret: &config.Secret{Value: signing},
			Timeout: config.Duration{Duration: 30 * time.Second}, RetryFor: config.Duration{Duration: 24 * time.Hour}}
		r.webhook, err = makeWebhook("support", r.cfg, poster, slog.New(slog.NewTextHandler(&r.log,
			&slog.HandlerOptions{Level: slog.LevelDebug})), r.report)
		must(t, err)
		test(r)
		must(t, r.Close(background))
		r.end()
		poster.client.CloseIdleConnections()
		must(t, server.Close())
		for _, p := range r.got {
			if p.err != nil {
				t.Errorf("the signature of %s is wrong: %v", p.id, p.err)
			}
		}
		if strings.Contains(r.log.String(), "hunter2") {
			t.Errorf("the log shows the URL's secret:\n%s", r.log.String())
		}
	})
}

func always(status int) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// failing answers with this status until the n-th post.
func failing(status, n int, headers ...string) func(int, http.ResponseWriter, *http.Request) {
	return func(post int, w http.ResponseWriter, _ *http.Request) {
		if post < n {
			for i := 0; i < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			w.WriteHeader(status)
		}
	}
}

func inbound(t *testing.T, messageID, bufferID string, try int) *actors.Inbound {
	t.Helper()
	event, err := wire.ParseEvent(wiretest.Event("discord", "c1", messageID, "hi"))
	must(t, err)
	return &actors.Inbound{Event: event, SessionKey: "s", BufferID: bufferID, Try: try}
}

func TestAWebhookIsSignedAndNamesItsDelivery(t *testing.T) {
	withReceiver(t, always(http.StatusNoContent), func(r *receiver) {
		must(t, r.Inbound(background, inbound(t, "m1", "7", 1)))
		must(t, r.Passthrough(background, &actors.Passthrough{Forward: &wire.Forward{Platform: "discord", Path: "/p"},
			BufferID: "8", Try: 1}))
		must(t, r.DeadLetter(background, &actors.DeadLetter{Raw: []byte("{"), BufferID: "9", Err: io.ErrUnexpectedEOF}))
		r.Interrupt(background, wire.InterruptInbound{SessionKey: "s", ChatID: "c1"})
		for i, kind := range []string{"inbound", "passthrough", "dead_letter", "interrupt"} {
			if got := r.got[i]; !strings.HasPrefix(got.body, `{"kind":"`+kind+`","id":"`+got.id+`","bot":"support",`) {
				t.Errorf("body is %s, id %s", got.body, got.id)
			}
		}
	})
}

func TestAWebhookThatFailsIsTriedAgainByTheLadderUnderTheSameID(t *testing.T) {
	withReceiver(t, failing(http.StatusInternalServerError, 10), func(r *receiver) {
		must(t, r.Inbound(background, inbound(t, "m1", "7", 1)))
		if len(r.got) != 10 {
			t.Fatalf("%d posts", len(r.got))
		}
		for n := 1; n < len(r.got); n++ {
			delay, rung := r.got[n].at.Sub(r.got[n-1].at), postBackoff.Rung(n)
			if delay < rung/2 || delay > rung {
				t.Errorf("post %d came after %v, want %v at most and half of it at least", n+1, delay, rung)
			}
			if r.got[n].id != r.got[0].id || r.got[n].body != r.got[0].body {
				t.Errorf("post %d is %+v", n+1, r.got[n])
			}
		}
		if log := r.log.String(); strings.Count(log, "level=WARN") != 1 || strings.Count(log, "level=INFO") != 1 {
			t.Errorf("the log is not one line per transition:\n%s", log)
		}
	})
}

func TestAReceiversRetryAfterIsHonouredUpToRetryFor(t *testing.T) {
	for value, want := range map[string]time.Duration{"120": 2 * time.Minute, "7200": 2 * time.Hour, "864000": 24 * time.Hour,
		"Sat, 01 Jan 2000 00:05:00 GMT": 5 * time.Minute, "Sat, 01 Jan 2000 05:00:00 GMT": 5 * time.Hour} {
		t.Run(value, func(t *testing.T) {
			withReceiver(t, failing(http.StatusServiceUnavailable, 2, "Retry-After", value), func(r *receiver) {
				must(t, r.Inbound(background, inbound(t, "m1", "7", 1)))
				if delay := r.got[1].at.Sub(r.got[0].at); delay != want {
					t.Errorf("the second post came after %v, want %v", delay, want)
				}
			})
		})
	}
}

func TestAReceiverThatAsksForAPauseGetsNoPostMeanwhile(t *testing.T) {
	withReceiver(t, failing(http.StatusTooManyRequests, 2, "Retry-After", "7200"), func(r *receiver) {
		began := time.Now()
		var deliveries sync.WaitGroup
		deliveries.Go(func() { must(t, r.Inbound(background, inbound(t, "m1", "1", 1))) })
		time.Sleep(time.Minute)
		deliveries.Go(func() { must(t, r.Inbound(background, inbound(t, "m2", "2", 1))) })
		if err := r.Inbound(background, inbound(t, "m3", "3", 2)); err == nil || !strings.Contains(err.Error(), "no posts until 2000-01-01T02:00:00Z") {
			t.Errorf("the relay's second try: error is %v", err)
		}
		r.Interrupt(background, wire.InterruptInbound{SessionKey: "s"})
		deliveries.Wait()
		if len(r.got) != 3 || r.got[1].at.Sub(began) != 2*time.Hour {
			t.Errorf("the posts are %+v", r.got)
		}
	})
}

func TestNothingIsPostedToAReceiverThatIsGone(t *testing.T) {
	withReceiver(t, always(http.StatusGone), func(r *receiver) {
		for _, id := range []string{"m1", "m2"} {
			if err := r.Inbound(background, inbound(t, id, id, 1)); !errors.Is(err, errGone) ||
				!strings.Contains(err.Error(), "reconnect the bot") {
				t.Errorf("error is %v", err)
			}
		}
		if len(r.got) != 1 {
			t.Errorf("%d posts", len(r.got))
		}
	})
}

func TestADeliveryIsGivenUpWhenItsTimeIsOver(t *testing.T) {
	withReceiver(t, always(http.StatusBadRequest), func(r *receiver) {
		began := time.Now()
		var refused *RefusedError
		if err := r.Inbound(background, inbound(t, "m1", "7", 1)); !errors.As(err, &refused) ||
			refused.Status != http.StatusBadRequest {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(began); took > 24*time.Hour || took < 24*time.Hour-postBackoff.Max {
			t.Errorf("given up after %v", took)
		}
		before := len(r.got)
		if r.Inbound(background, inbound(t, "m1", "7", 2)) == nil || len(r.got) != before+1 {
			t.Errorf("%d posts at the relay's next try", len(r.got)-before)
		}
	})
}

func TestAReceiverThatDoesNotAnswerIsTriedAgain(t *testing.T) {
	hang := func(n int, _ http.ResponseWriter, r *http.Request) {
		if n == 1 {
			<-r.Context().Done()
		}
	}
	withReceiver(t, hang, func(r *receiver) {
		must(t, r.Inbound(background, inbound(t, "m1", "7", 1)))
		if delay := r.got[1].at.Sub(r.got[0].at); delay < 30*time.Second || delay > 31*time.Second {
			t.Errorf("the second post came after %v", delay)
		}
		if !strings.Contains(r.log.String(), "no answer within 30s") {
			t.Errorf("the log does not say why:\n%s", r.log.String())
		}
	})
}

func TestADeliveryEndsWithTheRelay(t *testing.T) {
	withReceiver(t, always(http.StatusBadGateway), func(r *receiver) {
		ctx, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		if err := r.Inbound(ctx, inbound(t, "m1", "7", 1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestAnInterruptIsTriedForAMinute(t *testing.T) {
	withReceiver(t, always(http.StatusBadGateway), func(r *receiver) {
		began := time.Now()
		r.Interrupt(background, wire.InterruptInbound{SessionKey: "s"})
		if took := time.Since(began); took > time.Minute {
			t.Errorf("tried for %v", took)
		}
		if !strings.Contains(r.log.String(), "an interrupt did not reach the webhook") {
			t.Errorf("the log says nothing:\n%s", r.log.String())
		}
	})
}

func TestARedirectIsNotFollowed(t *testing.T) {
	redirect := func(_ int, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://elsewhere.test/", http.StatusTemporaryRedirect)
	}
	withReceiver(t, redirect, func(r *receiver) {
		err := r.Inbound(background, inbound(t, "m1", "7", 2))
		if err == nil || !strings.Contains(err.Error(), "redirects are not followed") || len(r.got) != 1 {
			t.Errorf("%d posts, error is %v", len(r.got), err)
		}
	})
}

func TestAReceiverThatCannotBeReachedIsNamedWithoutItsURL(t *testing.T) {
	withReceiver(t, always(http.StatusOK), func(r *receiver) {
		r.events.poster = newPoster(1024, nil)
		r.events.url = "http://127.0.0.1:1/hook?key=hunter2"
		err := r.Inbound(background, inbound(t, "m1", "7", 2))
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "cannot be reached") {
			t.Errorf("error is %v", err)
		}
	})
}

func TestAnIDIsTheSameForARepeatAndForNothingElse(t *testing.T) {
	seen := make(map[string]string)
	for name, id := range map[string]string{
		"message":         inboundOrigin("a", inbound(t, "m1", "7", 1)).ID,
		"another message": inboundOrigin("a", inbound(t, "m2", "7", 1)).ID,
		"another bot":     inboundOrigin("b", inbound(t, "m1", "7", 1)).ID,
		"by buffer":       inboundOrigin("a", inbound(t, "", "7", 1)).ID,
		"another buffer":  inboundOrigin("a", inbound(t, "", "8", 1)).ID,
		"forward":         passthroughOrigin("a", &actors.Passthrough{BufferID: "7"}).ID,
		"dead letter":     deadLetterOrigin("a", &actors.DeadLetter{Event: inbound(t, "m1", "7", 1).Event, BufferID: "7"}).ID,
		"unreadable":      deadLetterOrigin("a", &actors.DeadLetter{BufferID: "7"}).ID,
		"live":            inboundOrigin("a", inbound(t, "", "", 1)).ID,
		"live again":      inboundOrigin("a", inbound(t, "", "", 1)).ID,
	} {
		if other, taken := seen[id]; taken || strings.Contains(id, ".") {
			t.Errorf("%s has the id %s, and so has %s", name, id, other)
		}
		seen[id] = name
	}
	if inboundOrigin("a", inbound(t, "m1", "7", 1)) != inboundOrigin("a", inbound(t, "m1", "8", 2)) {
		t.Error("a repeat has another id")
	}
}

func TestAWebhookCarriesTheTraceOfItsDelivery(t *testing.T) {
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	var seen []string
	note := func(_ int, _ http.ResponseWriter, r *http.Request) { seen = append(seen, r.Header.Get("Traceparent")) }
	withReceiver(t, note, func(r *receiver) {
		ctx := propagation.TraceContext{}.Extract(background, propagation.MapCarrier{"traceparent": parent})
		must(t, r.Inbound(ctx, inbound(t, "m1", "7", 1)))
		must(t, r.Inbound(background, inbound(t, "m2", "8", 1)))
		if len(seen) != 2 || seen[0] != parent || seen[1] != "" {
			t.Errorf("the traces are %q", seen)
		}
	})
}
