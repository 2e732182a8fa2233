package actors

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"hermod/messages"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestEveryRequestLeavesTheQueueOnceInTheOrderOfItsCaller(t *testing.T) {
	const callers, each = 4, 1000
	var q requestQueue
	var firsts atomic.Int32
	taken := make([][]byte, callers)
	take := func(m *request) {
		for ; m != nil; m = m.next {
			taken[m.id[0]] = append(taken[m.id[0]], m.id[1])
		}
	}
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for i := range each {
				m := &request{id: requestID{byte(caller), byte(i)}}
				first, open := q.put(m)
				if !open {
					t.Error("the queue is closed")
				}
				if first {
					firsts.Add(1)
				}
			}
		})
	}
	ended := make(chan struct{})
	go func() { wg.Wait(); close(ended) }()
	for takes := 0; ; takes++ {
		select {
		case <-ended:
			take(q.take())
			for caller, numbers := range taken {
				for i, n := range numbers {
					if n != byte(i) {
						t.Fatalf("caller %d: request %d came as number %d", caller, n, i)
					}
				}
				if len(numbers) != each {
					t.Errorf("caller %d: %d of %d came", caller, len(numbers), each)
				}
			}
			if n := int(firsts.Load()); n == 0 || n > takes+1 {
				t.Errorf("the registry was to be told %d times, and took %d times", n, takes+1)
			}
			return
		default:
			take(q.take())
		}
	}
}

func TestAClosedQueueTakesNoRequestAndKeepsNone(t *testing.T) {
	var q requestQueue
	first, second := new(request), new(request)
	q.put(first)
	q.put(second)
	if m := q.close(); m != first || m.next != second || second.next != nil {
		t.Error("closing does not return what was left, oldest first")
	}
	if _, open := q.put(new(request)); open || q.take() != nil || q.close() != nil {
		t.Error("a closed queue takes requests, or has some")
	}
}

func TestARequestThatTheRegistryNeverHeardOfEndsWithItsRelay(t *testing.T) {
	inEngine(t, func(t *testing.T, relay *Relay, _ *wiretest.Conn) {
		held := make(chan messages.Outcome, 1)
		relay.requests.put(&request{reply: answerer{channel: held}}) // whoever put it is about to tell the registry
		sent := make(chan error, 1)
		go func() {
			_, err := relay.Send(context.Background(), wire.NewSend("c", "x"))
			sent <- err
		}()
		synctest.Wait()
		if relay.registry.pid.Load() != nil {
			t.Fatal("the registry was told")
		}
		relay.tree.Stop(relay.self.Hold())
		for _, err := range []error{(<-held).Err, <-sent} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("error is %v, want ErrClosed", err)
			}
		}
	})
}

func TestAnOutcomeComesAlsoAfterTheEndOfTheRelay(t *testing.T) {
	inEngine(t, func(t *testing.T, relay *Relay, _ *wiretest.Conn) {
		if err := relay.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-relay.Done()
		var told error
		relay.StartFunc(wire.NewSend("c", "x"), func(_ wire.Result, err error) { told = err })
		_, sent := relay.Send(context.Background(), wire.NewSend("c", "x"))
		_, waited := relay.Start(wire.NewSend("c", "x")).Wait(context.Background())
		for _, err := range []error{told, sent, waited} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("error is %v, want ErrClosed", err)
			}
		}
	})
}

func TestACallerWhoLeavesIsHeardThoughItsRequestWasNotTaken(t *testing.T) {
	inEngine(t, func(t *testing.T, relay *Relay, conn *wiretest.Conn) {
		other := make(chan messages.Outcome, 1)
		m := &request{reply: answerer{channel: other}}
		if _, refusal := relay.cfg.encode(m, nil, wire.NewSend("c", "x"), ""); refusal != nil {
			t.Fatal(refusal)
		}
		relay.requests.put(m) // whoever put it is about to tell the registry
		ctx, cancel := context.WithCancel(t.Context())
		sent := make(chan error, 1)
		go func() {
			_, err := relay.Send(ctx, wire.NewSend("c", "y"))
			sent <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-sent; !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		for range 2 { // both are on their way
			if err := conn.Answer(conn.Await(wire.KindOutbound), wire.ParseResult([]byte(`{"success":true}`))); err != nil {
				t.Fatal(err)
			}
		}
		if o := <-other; o.Err != nil || !o.Result.Success {
			t.Errorf("outcome is %+v", o)
		}
		synctest.Wait()
		if s := relay.Status(); s.Pending != 0 || s.Counters.LateResults != 1 {
			t.Errorf("%d are pending, %d results were late", s.Pending, s.Counters.LateResults)
		}
	})
}
