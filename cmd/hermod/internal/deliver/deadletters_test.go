package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/store"
	"hermod/wire"
)

var discard = slog.New(slog.DiscardHandler)

// keepIn has the receiver's dead letters kept in a folder, "" for in memory, until the test is over.
func (r *receiver) keepIn(t *testing.T, folder string) *DeadLetters {
	t.Helper()
	s, err := store.Open(folder, discard)
	must(t, err)
	r.end = func() { must(t, s.Close()) }
	kept := newDeadLetters()
	kept.store = s
	r.kept = kept
	kept.enlist("support", r.webhook)
	return kept
}

// only returns the one letter that is kept.
func only(t *testing.T, k *DeadLetters) store.Letter {
	t.Helper()
	letters, _, err := k.store.List(store.Page{Letters: 10, Bytes: 1 << 20, Records: true})
	must(t, err)
	if len(letters) != 1 {
		t.Fatalf("%d letters are kept", len(letters))
	}
	return letters[0]
}

func (r *receiver) paths() (all string) {
	for _, p := range r.got {
		all += p.path
	}
	return all
}

// give fails as the relay's three tries do and returns what the dead letter is made of.
func (r *receiver) give(t *testing.T, d *actors.Inbound) *actors.DeadLetter {
	t.Helper()
	var err error
	for d.Try = 1; d.Try <= 3; d.Try++ {
		if err = r.Inbound(background, d); err == nil {
			t.Fatal("it was taken")
		}
	}
	return &actors.DeadLetter{Event: d.Event, SessionKey: d.SessionKey, BufferID: d.BufferID, Tries: 3, Err: err}
}

func TestWhatTheConnectorHasStaysThereIfTheNodesDiskMayBeLost(t *testing.T) {
	withReceiver(t, always(http.StatusUnprocessableEntity), func(r *receiver) {
		kept := r.keepIn(t, t.TempDir())
		kept.upstream = true
		if err := r.DeadLetter(background, r.give(t, inbound(t, "m1", "7", 1))); !errors.Is(err, errUpstream) {
			t.Errorf("what the connector has: %v", err)
		}
		if err := r.DeadLetter(background, &actors.DeadLetter{Raw: []byte("{"), BufferID: "8", Err: errGone}); err == nil {
			t.Error("a frame that cannot be decoded was acknowledged")
		}
		must(t, r.DeadLetter(background, r.give(t, inbound(t, "m2", "", 1))))
		if l := only(t, kept); !strings.Contains(string(l.Record), "m2") {
			t.Errorf("kept is %s, not the live delivery, which is nowhere else", l.Record)
		}
	})
}

func TestWhatFailedForGoodIsKeptAsItWasPosted(t *testing.T) {
	withReceiver(t, always(http.StatusUnprocessableEntity), func(r *receiver) {
		r.retryFor = time.Hour
		kept, begun := r.keepIn(t, t.TempDir()), time.Now()
		must(t, r.DeadLetter(background, r.give(t, inbound(t, "m1", "7", 1))))
		posts, l := len(r.got), only(t, kept)
		if l.ID != r.got[0].id || strings.TrimSpace(string(l.Record)) != r.got[0].body || l.Kind != "inbound" ||
			l.Bot != "support" || l.Session != "s" || !strings.Contains(l.Cause, "422") {
			t.Errorf("kept %+v of %+v", l, r.got[0])
		}
		if l.Tries != posts || !l.First.Equal(begun) || !l.Last.Equal(time.Now()) || len(r.tally.tries) != 0 {
			t.Errorf("%d tries from %v to %v, want %d from %v to %v", l.Tries, l.First, l.Last, posts, begun, time.Now())
		}
	})
}

func TestADeliveryThatSucceedsLeavesNothingInTheTally(t *testing.T) {
	withReceiver(t, failing(http.StatusInternalServerError, 5), func(r *receiver) {
		r.retryFor = time.Second
		d := inbound(t, "m1", "7", 1)
		for d.Try = 1; r.Inbound(background, d) != nil; d.Try++ {
		}
		if len(r.tally.tries) != 0 {
			t.Errorf("the tally is %v", r.tally.tries)
		}
	})
}

func TestWhatIsKeptInMemoryIsSettledOnlyIfTheReceiverWorks(t *testing.T) {
	refused := func(status int) error { return fmt.Errorf("try 3: %w", &RefusedError{Status: status}) }
	for name, tt := range map[string]struct {
		err      error
		inMemory bool
	}{
		"it refuses the delivery":           {refused(http.StatusUnprocessableEntity), true},
		"it stumbles over the delivery":     {refused(http.StatusInternalServerError), true},
		"it is busy":                        {refused(http.StatusTooManyRequests), false},
		"it does not trust the signature":   {refused(http.StatusUnauthorized), false},
		"there is nothing at its URL":       {refused(http.StatusNotFound), false},
		"it is down behind its proxy":       {refused(http.StatusBadGateway), false},
		"its URL leads elsewhere":           {refused(http.StatusFound), false},
		"it is gone":                        {errGone, false},
		"it cannot be reached":              {io.ErrUnexpectedEOF, false},
		"it asked for no posts until later": {errors.New("the receiver asked for no posts"), false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, folder := range []string{"", t.TempDir()} {
				withReceiver(t, always(http.StatusNoContent), func(r *receiver) {
					kept := r.keepIn(t, folder)
					err := r.DeadLetter(background, &actors.DeadLetter{Event: inbound(t, "m1", "7", 1).Event, Tries: 3, Err: tt.err})
					want := folder != "" || tt.inMemory
					if settled := err == nil; settled != want || kept.store.Figures().Letters == 1 != want || len(r.got) != 0 {
						t.Errorf("folder %q: settled %v, want %v: %v; figures %+v, %d posts", folder, settled, want, err,
							kept.store.Figures(), len(r.got))
					}
					if err != nil && !strings.Contains(err.Error(), "state in the configuration") {
						t.Errorf("error is %v", err)
					}
				})
			}
		})
	}
}

// What the receiver said of other deliveries is not said of one that waited behind them.
func TestADeliveryThatWasNeverPostedIsNotTakenForARefusedOne(t *testing.T) {
	withReceiver(t, always(http.StatusUnprocessableEntity), func(r *receiver) {
		kept := r.keepIn(t, "")
		r.retryFor = time.Nanosecond
		for i := range openAfter {
			_ = r.Inbound(background, inbound(t, fmt.Sprint(i), fmt.Sprint(i), 1))
		}
		waited, posts := inbound(t, "waited", "waited", 1), len(r.got)
		err := r.Inbound(background, waited)
		tried := r.tally.tries[waited.Event]
		if err == nil || refusesTheDelivery(err) || len(r.got) != posts || tried.posts != 0 {
			t.Errorf("%d posts, %d of this delivery: %v", len(r.got), tried.posts, err)
		}
		if err := r.DeadLetter(background, &actors.DeadLetter{Event: waited.Event, Tries: 3, Err: err}); err == nil {
			t.Errorf("it was settled: %+v", kept.store.Figures())
		}
	})
}

func TestADeadLetterThatItsURLTakesIsNotKept(t *testing.T) {
	answer := func(n int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hook" || n < 4 {
			w.WriteHeader(http.StatusBadGateway)
		}
	}
	withReceiver(t, answer, func(r *receiver) {
		r.toOwnURL(t)
		kept := r.keepIn(t, t.TempDir())
		failure := r.Inbound(background, inbound(t, "m1", "7", 2))
		must(t, r.DeadLetter(background, &actors.DeadLetter{BufferID: "7", Tries: 3, Err: failure}))
		if r.paths() != "/hook/dead/dead/dead" || kept.store.Figures().Letters != 0 {
			t.Errorf("posted to %s, figures %+v", r.paths(), kept.store.Figures())
		}
	})
}

// toOwnURL gives dead letters a URL of their own.
func (r *receiver) toOwnURL(t *testing.T) {
	t.Helper()
	r.cfg.DeadLetterURL = "http://receiver.test/dead"
	var err error
	r.webhook, err = makeWebhook("support", r.cfg, r.events.poster, r.webhook.log, r.report)
	must(t, err)
}

func TestADeadLetterThatItsURLDoesNotTakeWithinAMinuteIsKept(t *testing.T) {
	withReceiver(t, always(http.StatusBadGateway), func(r *receiver) {
		r.toOwnURL(t)
		kept, begun := r.keepIn(t, t.TempDir()), time.Now()
		must(t, r.DeadLetter(background, &actors.DeadLetter{Event: inbound(t, "m1", "7", 1).Event, Tries: 3, Err: errGone}))
		if took := time.Since(begun); took > deadLetterPatience || only(t, kept).Cause != errGone.Error() {
			t.Errorf("kept after %v: %+v", took, only(t, kept))
		}
	})
}

func TestAFrameThatCannotBeDecodedIsPostedLikeAnEventAndKeptIfThatFails(t *testing.T) {
	for _, works := range []bool{true, false} {
		status := map[bool]int{true: http.StatusNoContent, false: http.StatusInternalServerError}[works]
		withReceiver(t, always(status), func(r *receiver) {
			kept := r.keepIn(t, "")
			must(t, r.DeadLetter(background, &actors.DeadLetter{BufferID: "9", Raw: []byte("{"), Err: io.ErrUnexpectedEOF}))
			if kept.store.Figures().Letters == 0 != works || len(r.got) == 0 {
				t.Errorf("works %v: %d posts, figures %+v", works, len(r.got), kept.store.Figures())
			}
			if !works && (only(t, kept).Kind != "dead_letter" || only(t, kept).ID != r.got[0].id) {
				t.Errorf("kept %+v", only(t, kept))
			}
		})
	}
}

func TestWhatCannotBeKeptIsNotSettled(t *testing.T) {
	withReceiver(t, always(http.StatusBadRequest), func(r *receiver) {
		letter := &actors.DeadLetter{Event: inbound(t, "m1", "7", 1).Event, Tries: 3,
			Err: &RefusedError{Status: http.StatusBadRequest}}
		if err := r.DeadLetter(background, letter); !errors.Is(err, errNotKept) {
			t.Errorf("without a store: %v", err)
		}
		kept := r.keepIn(t, t.TempDir())
		kept.store.Limit(store.Limits{MaxBytes: 100})
		if err := r.DeadLetter(background, letter); !errors.Is(err, store.ErrTooLarge) {
			t.Errorf("a letter that is too large: %v", err)
		}
		kept.store.Limit(store.Limits{})
		must(t, kept.store.Close())
		if err := r.DeadLetter(background, letter); !errors.Is(err, store.ErrClosed) {
			t.Errorf("a store that is closed: %v", err)
		}
	})
}

func TestAForwardedRequestIsKeptAndReplayedUnderItsID(t *testing.T) {
	withReceiver(t, failing(http.StatusBadRequest, 2), func(r *receiver) {
		kept := r.keepIn(t, t.TempDir())
		forward := &wire.Forward{Platform: "discord", Path: "/p"}
		err := r.Passthrough(background, &actors.Passthrough{Forward: forward, BufferID: "8", Try: 2})
		must(t, r.DeadLetter(background, &actors.DeadLetter{Forward: forward, BufferID: "8", Tries: 3, Err: err}))
		l := only(t, kept)
		must(t, kept.Replay(background, l.ID, discard))
		if len(r.got) != 2 || r.got[0].id != l.ID || r.got[1].id != l.ID || r.got[0].body != r.got[1].body {
			t.Errorf("posted %+v, kept %+v", r.got, l)
		}
		if f := kept.store.Figures(); f.Letters != 0 || f.Replayed != 1 {
			t.Errorf("figures are %+v", f)
		}
		if err := kept.Replay(background, l.ID, discard); !errors.Is(err, ErrNoDeadLetter) {
			t.Errorf("a second replay: %v", err)
		}
	})
}

func TestAReplayInVainIsNotedInTheLetter(t *testing.T) {
	withReceiver(t, always(http.StatusTeapot), func(r *receiver) {
		kept := r.keepIn(t, t.TempDir())
		must(t, r.DeadLetter(background, &actors.DeadLetter{Event: inbound(t, "m1", "7", 1).Event, Tries: 3, Err: errGone}))
		before := only(t, kept)
		time.Sleep(time.Hour)
		if err := kept.Replay(background, before.ID, discard); !errors.As(err, new(*RefusedError)) || len(r.got) != 1 {
			t.Errorf("%d posts, error is %v", len(r.got), err)
		}
		if l := only(t, kept); l.Tries != 4 || !strings.Contains(l.Cause, "418") || l.Last.Sub(before.Last) != time.Hour ||
			!slices.Equal(l.Record, before.Record) {
			t.Errorf("kept %+v", l)
		}
	})
}

// slow takes what is replayed to it when the test says so.
type slow struct{ take chan struct{} }

func (s *slow) replay(ctx context.Context, _ string, _ []byte) error {
	select {
	case <-s.take:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestReplaysAreBoundedInNumberAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open("", discard)
		must(t, err)
		kept := newDeadLetters()
		kept.store = s
		id := func(n int) string { return fmt.Sprint("evt_", n) }
		for n := range MaxReplays + 1 {
			must(t, s.Keep(background, store.Letter{ID: id(n), Bot: "a", Record: []byte("{}")}))
		}
		if err := kept.Replay(background, id(0), discard); !errors.Is(err, ErrNobodyDelivers) {
			t.Errorf("error is %v", err)
		}
		receiver := &slow{make(chan struct{})}
		kept.enlist("a", receiver)
		begun := time.Now()
		var replays sync.WaitGroup
		for n := range MaxReplays {
			replays.Go(func() {
				if err := kept.Replay(background, id(n), discard); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error is %v", err)
				}
			})
		}
		synctest.Wait()
		if err := kept.Replay(background, id(0), discard); !errors.Is(err, ErrReplaying) {
			t.Errorf("the same letter once more: %v", err)
		}
		if err := kept.Replay(background, id(MaxReplays), discard); !errors.Is(err, ErrTooManyReplays) {
			t.Errorf("one more letter: %v", err)
		}
		replays.Wait()
		if took := time.Since(begun); took != replayTime || len(kept.replaying) != 0 {
			t.Errorf("they took %v, and %d run", took, len(kept.replaying))
		}
		kept.dismiss("a", receiver)
		if err := kept.Replay(background, id(0), discard); !errors.Is(err, ErrNobodyDelivers) {
			t.Errorf("after the bot's end: %v", err)
		}
		must(t, s.Close())
	})
}

func TestTheEndOfABotsOldDelivererLeavesTheNewOne(t *testing.T) {
	kept := newDeadLetters()
	first, second := &slow{make(chan struct{})}, &slow{make(chan struct{})}
	kept.enlist("a", first)
	kept.enlist("a", second)
	kept.dismiss("a", first)
	if kept.replayers["a"] != replayer(second) {
		t.Error("nobody replays")
	}
}
