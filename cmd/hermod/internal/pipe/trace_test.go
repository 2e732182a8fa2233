package pipe_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"

	"hermod/actors"
	"hermod/cmd/hermod/internal/pipe"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestActionsAreObservedInTheTraceThatTheirCommandNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		srv.Handle(wiretest.Serve)
		engine, err := actors.New(actors.EngineConfig{})
		must(t, err)
		relay, err := engine.Spawn("a", actors.Config{URL: srv.URL(), Dial: srv.Dial, Identities: []wire.Identity{{Platform: "discord"}},
			Handlers: actors.Handlers{Inbound: func(context.Context, *actors.Inbound) error { return nil }}})
		must(t, err)
		_, err = relay.Handshake(context.Background())
		must(t, err)
		session := pipe.New(io.Discard, "nothing", func() (*actors.Relay, bool) { return relay, true }, false)
		seen := make(chan string, 8)
		session.Observe(func(ctx context.Context, a wire.Action, platform string) func(wire.Result, error) {
			seen <- a.Op() + " " + platform + " " + trace.SpanContextFromContext(ctx).TraceID().String()
			return func(r wire.Result, err error) {
				if err == nil && r.Success {
					seen <- a.Op() + " succeeded"
				}
			}
		})
		_ = session.Read(strings.NewReader(
			`{"do":"send","platform":"discord","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","action":{"op":"send","chat_id":"c1"}}` + "\n" +
				`{"do":"send","traceparent":"nonsense","action":{"op":"typing","chat_id":"c1"}}` + "\n" +
				`{"do":"send","traceparent":5,"action":{"op":"edit"}}` + "\n"))
		synctest.Wait()
		var got []string
		for len(seen) > 0 {
			got = append(got, <-seen)
		}
		slices.Sort(got)
		want := []string{"send discord 0af7651916cd43dd8448eb211c80319c", "send succeeded",
			"typing  00000000000000000000000000000000", "typing succeeded"}
		if !slices.Equal(got, want) {
			t.Errorf("saw %q, want %q", got, want)
		}
		must(t, session.Finish(nil))
		must(t, engine.Close(context.Background()))
		time.Sleep(2 * time.Millisecond) // the actor framework's own goroutine after a dead letter
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
