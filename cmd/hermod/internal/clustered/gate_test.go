package clustered_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/clustered"
	"hermod/cmd/hermod/internal/config"
	"hermod/wire"
)

// plain is an observer that does nothing.
type plain struct{}

func (plain) Expect(*config.Bot)                                        {}
func (plain) Handlers(_ *config.Bot, h actors.Handlers) actors.Handlers { return h }
func (plain) Sending(context.Context, string, wire.Action, string) func(wire.Result, error) {
	return nil
}

func TestNoHandlerRunsWhileTheNodeMayNotAct(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open, ran := true, 0
		gate := clustered.Gate{Observer: plain{}, Open: func() bool { return open }}
		h := gate.Handlers(nil, actors.Handlers{
			Inbound:     func(context.Context, *actors.Inbound) error { ran++; return nil },
			Passthrough: func(context.Context, *actors.Passthrough) error { ran++; return nil },
			DeadLetter:  func(context.Context, *actors.DeadLetter) error { ran++; return nil },
			Interrupt:   func(context.Context, wire.InterruptInbound) { ran++ },
		})
		all := func(ctx context.Context) []error {
			h.Interrupt(ctx, wire.InterruptInbound{})
			return []error{h.Inbound(ctx, nil), h.Passthrough(ctx, nil), h.DeadLetter(ctx, nil)}
		}
		for _, err := range all(context.Background()) {
			if err != nil {
				t.Error(err)
			}
		}
		if ran != 4 {
			t.Errorf("%d handlers ran while the node may act", ran)
		}
		open = false
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		for _, err := range all(ctx) {
			if err == nil {
				t.Error("a delivery was acknowledged that nobody handled")
			}
		}
		if ran != 4 {
			t.Error("a handler ran though the node may not act")
		}
	})
}

func TestHandlersThatABotDoesNotHaveItDoesNotGet(t *testing.T) {
	gate := clustered.Gate{Observer: plain{}, Open: func() bool { return true }}
	if h := gate.Handlers(nil, actors.Handlers{}); h.Passthrough != nil || h.Interrupt != nil || h.DeadLetter != nil {
		t.Error("a gate invents handlers")
	}
}
