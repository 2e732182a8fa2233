package supervisor_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"testing"

	"hermod/messages"
	"hermod/supervisor"
	"hermod/wire"
)

func TestEndsOfLinksAreToldApartByCauseAndCode(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want messages.LinkEnd
	}{
		{"close frame", &wire.CloseError{Code: 4401}, messages.LinkEnd{Cause: messages.CauseClosed, Code: 4401}},
		{"close frame before the descriptor", &supervisor.HandshakeError{Err: &wire.CloseError{Code: 1013}},
			messages.LinkEnd{Cause: messages.CauseClosed, Code: 1013}},
		{"refused upgrade", &supervisor.DialError{Status: 403, Err: io.EOF}, messages.LinkEnd{Cause: messages.CauseRefused, Code: 403}},
		{"unreachable", &supervisor.DialError{Err: io.EOF}, messages.LinkEnd{Cause: messages.CauseDial}},
		{"no descriptor", &supervisor.HandshakeError{Err: io.EOF}, messages.LinkEnd{Cause: messages.CauseHandshake}},
		{"drop", fmt.Errorf("link: %w", &supervisor.LostError{Op: "read", Err: io.EOF}), messages.LinkEnd{Cause: messages.CauseLost}},
		{"bug", errors.New("a bug"), messages.LinkEnd{Cause: messages.CauseInternal}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ends := supervisor.CountEnd(nil, tt.err)
			if !maps.Equal(ends, map[messages.LinkEnd]uint64{tt.want: 1}) {
				t.Errorf("counted %v, want %v", ends, tt.want)
			}
		})
	}
}

func TestAConnectorCannotMakeTheCountsOfEndsGrowForEver(t *testing.T) {
	var ends map[messages.LinkEnd]uint64
	for code := range 1000 {
		before := maps.Clone(ends)
		last := ends
		ends = supervisor.CountEnd(ends, &wire.CloseError{Code: 3000 + code})
		if !maps.Equal(before, last) {
			t.Fatal("a map that was handed out has changed")
		}
	}
	total := uint64(0)
	for _, n := range ends {
		total += n
	}
	rest := ends[messages.LinkEnd{Cause: messages.CauseClosed}]
	if len(ends) != supervisor.MaxLinkEnds+1 || total != 1000 || rest != 1000-supervisor.MaxLinkEnds {
		t.Errorf("%d kinds, %d in all, %d beyond the bound", len(ends), total, rest)
	}
}
