package workload

import (
	"testing"
	"time"
)

// hangOne floods a client and returns its handler once the call for one chat hangs in it.
func hangOne(t *testing.T, name string) *Handler {
	t.Helper()
	peer, err := StartPeer(Spec{Scenario: Hang})
	if err != nil {
		t.Fatal(err)
	}
	dial, closeAll, err := Own()[name].Open()
	if err != nil {
		t.Fatal(err)
	}
	handler := newHandler()
	handler.hung.Store(true)
	client, err := dial(t.Context(), Target{URL: peer.Address().URL}, handler)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(handler.release)
		client.Close()
		closeAll()
		peer.Close()
	})
	untilTrue(t, "a handler hangs", func() bool { return handler.hanging.Load() > 0 })
	return handler
}

func untilTrue(t *testing.T, what string, done func() bool) {
	t.Helper()
	await(done)
	if !done() {
		t.Fatalf("%s: not within %v", what, patience)
	}
}

func TestAHandlerThatHangsHoldsUpNoOtherChatOfAClientWithLanes(t *testing.T) {
	handler := hangOne(t, Hermod)
	const many = 20_000 // more than a relay without lanes would still have in its queue
	before := handler.total()
	untilTrue(t, "events of the other chats", func() bool { return handler.total() >= before+many })
}

func TestAHandlerThatHangsHoldsUpAllOfAClientWithoutLanes(t *testing.T) {
	handler := hangOne(t, GobwasMutex)
	before := handler.total()
	<-time.After(20 * time.Millisecond) // in which others would get some; that nothing comes needs no time
	if got := handler.total(); got != before {
		t.Errorf("%d events were handled behind the one that hangs", got-before)
	}
}
