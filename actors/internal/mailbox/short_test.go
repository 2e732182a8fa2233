package mailbox_test

import (
	"slices"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors/internal/mailbox"
)

func TestShortMessagesKeepTheirPlaceAmongTheOthersAndFailAsThey(t *testing.T) {
	type long int
	type short int
	var got []string
	restarted, all := make(chan struct{}), make(chan struct{})
	take := func(message any) bool {
		n, is := message.(short)
		if !is {
			return false
		}
		if n < 0 {
			panic("a bug")
		}
		got = append(got, "short")
		return true
	}
	send := spawn(t, onGoroutines, func(box *mailbox.Mailbox[lender], message any) {
		switch message := message.(type) {
		case *actor.Started:
			box.Shorten(take)
		case *actor.Restarting:
			box.Shorten(nil)
			close(restarted)
		case short:
			got = append(got, "short by the framework")
		case long:
			if got = append(got, "long"); message == 9 {
				close(all)
			}
		}
	})
	send(short(1))
	send(long(1))
	send(short(-1))
	send(short(2))
	send(long(9))
	<-restarted
	<-all
	if want := []string{"short", "long", "short", "long"}; !slices.Equal(got, want) {
		t.Errorf("received %q, want %q", got, want)
	}
}
