package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"
)

func TestLettersOutliveTheStore(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	kept := letter("evt_1", 3)
	must(t, s.Keep(background, kept))
	must(t, s.Close())
	s = open(t, folder)
	got, there, err := s.Letter("evt_1")
	must(t, err)
	if !there || got.Bot != "a" || got.Session != "s" || string(got.Record) != string(kept.Record) ||
		!got.First.Equal(kept.First) {
		t.Errorf("got %+v, %v", got, there)
	}
	if f := s.Figures(); f.Letters != 1 || f.Bytes < 3 || !s.Durable() {
		t.Errorf("figures are %+v", f)
	}
}

func TestALetterThatComesAgainIsTheSameLetter(t *testing.T) {
	s, _ := inMemory(t)
	first := letter("evt_1", 3)
	must(t, s.Keep(background, first))
	must(t, s.Keep(background, letter("evt_2", 3)))
	again := letter("evt_1", 5)
	again.Cause, again.Tries, again.First = "gone", 2, time.Now().Add(time.Hour)
	must(t, s.Keep(background, again))
	got, _, err := s.Letter("evt_1")
	must(t, err)
	if got.Tries != 3 || got.Cause != "gone" || !got.First.Equal(first.First) || len(got.Record) != 5 {
		t.Errorf("got %+v", got)
	}
	if got := ids(t, s); !slices.Equal(got, []string{"evt_1", "evt_2"}) || s.Figures().Letters != 2 {
		t.Errorf("letters are %v, figures %+v", got, s.Figures())
	}
}

func TestALetterThatWasTakenOutStaysAway(t *testing.T) {
	s, _ := inMemory(t)
	for n := range 3 {
		must(t, s.Keep(background, letter(name(n), 10)))
	}
	for _, takeOut := range []func() (bool, error){
		func() (bool, error) { return s.Replayed(background, name(0)) },
		func() (bool, error) { return s.Discard(background, name(1)) },
	} {
		for _, want := range []bool{true, false} {
			if there, err := takeOut(); there != want || err != nil {
				t.Errorf("there %v, %v, want %v", there, err, want)
			}
		}
	}
	must(t, s.Failed(background, name(0), "refused once more"))
	must(t, s.Failed(background, name(2), "refused once more"))
	if got, _, _ := s.Letter(name(2)); got.Tries != 2 || got.Cause != "refused once more" || got.Size != 10 {
		t.Errorf("got %+v", got)
	}
	if f := s.Figures(); f.Letters != 1 || f.Replayed != 1 || f.Discarded != 1 || f.Kept != 3 || len(ids(t, s)) != 1 {
		t.Errorf("figures are %+v", f)
	}
}

func TestLettersAreListedInPagesTheNewestFirst(t *testing.T) {
	s, _ := inMemory(t)
	for n := range 25 {
		l := letter(name(n), 100)
		l.Bot = []string{"a", "b"}[n%2]
		must(t, s.Keep(background, l))
	}
	for _, p := range []Page{{Letters: 4}, {Letters: 4, Bot: "b"}, {Letters: 100, Bytes: 250, Records: true}} {
		var got []string
		for {
			page, next, err := s.List(p)
			must(t, err)
			for _, l := range page {
				got = append(got, l.ID)
				if l.Size != 100 || (len(l.Record) == 100) != p.Records {
					t.Errorf("%s has a record of %d, size %d", l.ID, len(l.Record), l.Size)
				}
			}
			if p.Before = next; next == 0 {
				break
			}
			if len(page) > 4 {
				t.Errorf("a page of %d", len(page))
			}
		}
		var want []string
		for n := 24; n >= 0; n-- {
			if p.Bot == "" || n%2 == 1 {
				want = append(want, name(n))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: got %v", p, got)
		}
	}
}

func TestTheOldestLettersMakeRoom(t *testing.T) {
	s, log := inMemory(t)
	s.Limit(Limits{MaxBytes: 10_000})
	for n := range 100 {
		must(t, s.Keep(background, letter(name(n), 1000)))
	}
	got, f := ids(t, s), s.Figures()
	if len(got) == 0 || len(got) > 10 || got[0] != name(99) || f.Bytes > 10_000 || f.Dropped != uint64(100-len(got)) {
		t.Errorf("letters are %v, figures %+v", got, f)
	}
	if strings.Count(log.String(), "old dead letters were dropped") != 1 {
		t.Errorf("the log is:\n%s", log)
	}
	s.Limit(Limits{MaxBytes: 2_500})
	must(t, s.Flush(background))
	if got := ids(t, s); len(got) != 2 || got[0] != name(99) {
		t.Errorf("letters are %v after the bound was lowered", got)
	}
}

func TestOneBotsFloodMakesRoomAmongItsOwnLetters(t *testing.T) {
	for bound, limits := range map[string]Limits{"letters": {letters: 50}, "bytes": {MaxBytes: 50_000}} {
		t.Run(bound, func(t *testing.T) {
			folder := t.TempDir()
			s := open(t, folder)
			s.Limit(limits)
			quiet := letter("evt_quiet", 800)
			quiet.Bot = "quiet"
			must(t, s.Keep(background, quiet))
			flood := func(from int) {
				for n := range 100 {
					must(t, s.Keep(background, letter(fmt.Sprintf("evt_%d", from+n), 800)))
				}
			}
			flood(0)
			must(t, s.Close())
			s = open(t, folder) // what each bot has is known after a restart
			s.Limit(limits)
			flood(1000)
			got := ids(t, s)
			if got[len(got)-1] != "evt_quiet" || got[0] != "evt_1099" || len(got) < 40 || len(got) > 55 {
				t.Errorf("letters are %v", got)
			}
		})
	}
}

func TestAChangeThatIsNotWrittenLeavesTheSharesAsTheyWere(t *testing.T) {
	s, _ := inMemory(t)
	for n := range 3 {
		must(t, s.Keep(background, letter(name(n), 10)))
	}
	failed := errors.New("the disk is full")
	if err := s.do(background, func(c *change) error {
		old, err := c.find(name(1))
		must(t, err)
		must(t, c.remove(old))
		added := letter("evt_new", 10)
		must(t, c.put(&added))
		return failed
	}); !errors.Is(err, failed) {
		t.Fatal(err)
	}
	s.Limit(Limits{letters: 1})
	must(t, s.Flush(background))
	got, of := ids(t, s), s.shares["a"]
	if !slices.Equal(got, []string{name(2)}) || len(of.numbers) != 1 || of.bytes != s.now.Bytes {
		t.Errorf("letters are %v, the share %+v", got, of)
	}
}

func TestThereAreNoMoreLettersThanMayBe(t *testing.T) {
	s, _ := inMemory(t)
	s.Limit(Limits{letters: 3})
	for n := range 10 {
		must(t, s.Keep(background, letter(name(n), 10)))
	}
	if got := ids(t, s); !slices.Equal(got, []string{name(9), name(8), name(7)}) {
		t.Errorf("letters are %v", got)
	}
	if s.Limit(Limits{}); s.limits.Load().letters != MaxLetters {
		t.Errorf("the bound is %d", s.limits.Load().letters)
	}
}

func TestMemoryHasABoundOfItsOwn(t *testing.T) {
	s, _ := inMemory(t)
	for limit, want := range map[int]int{0: maxInMemory, 1 << 40: maxInMemory, 1 << 20: 1 << 20} {
		if s.Limit(Limits{MaxBytes: limit}); s.limits.Load().MaxBytes != want {
			t.Errorf("%d became %d", limit, s.limits.Load().MaxBytes)
		}
	}
}

func TestALetterThatIsTooOldIsDroppedWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := inMemory(t)
		s.Limit(Limits{MaxAge: time.Hour})
		must(t, s.Keep(background, letter("evt_1", 1)))
		time.Sleep(30 * time.Minute)
		must(t, s.Keep(background, letter("evt_2", 1)))
		time.Sleep(29 * time.Minute)
		synctest.Wait()
		if got := ids(t, s); len(got) != 2 {
			t.Errorf("letters are %v after 59 minutes", got)
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if got := ids(t, s); !slices.Equal(got, []string{"evt_2"}) || s.Figures().Dropped != 1 {
			t.Errorf("letters are %v, figures %+v after 62 minutes", got, s.Figures())
		}
	})
}

func TestALetterThatCouldNotBeKeptIsRefusedAndDropsNoOther(t *testing.T) {
	s, _ := inMemory(t)
	s.Limit(Limits{MaxBytes: 10_000})
	must(t, s.Keep(background, letter("evt_1", 1)))
	if err := s.Keep(background, letter("evt_2", 10_000)); err != ErrTooLarge {
		t.Errorf("error is %v", err)
	}
	if got := ids(t, s); !slices.Equal(got, []string{"evt_1"}) {
		t.Errorf("letters are %v", got)
	}
}

// A sender that has letters come and go must not make the file grow beyond what the bound stands for.
func TestTheFileStaysWithinThreeTimesTheBound(t *testing.T) {
	s, _ := inMemory(t)
	const bound = 1 << 20
	s.Limit(Limits{MaxBytes: bound})
	sizes := []int{10, 60_000, 2_100, 900, 4_000, 100_000, 5_000}
	for n := range 500 {
		must(t, s.Keep(background, letter(name(n), sizes[n%len(sizes)])))
	}
	used := int64(0) // the file grows in steps, which are small for a bound that matters
	must(t, s.view(func(tx *bolt.Tx) error { used = tx.Size(); return nil }))
	if f := s.Figures(); f.Bytes < bound/2 || used > 3*bound {
		t.Errorf("the file has %d bytes for a bound of %d, figures %+v", used, bound, f)
	}
}

func TestOnlyTheBeginningOfALongCauseIsKept(t *testing.T) {
	s, _ := inMemory(t)
	l := letter("evt_1", 1)
	l.Cause = strings.Repeat("é", 5000)
	must(t, s.Keep(background, l))
	if got, _, _ := s.Letter("evt_1"); len(got.Cause) > maxCause+3 || !strings.HasSuffix(got.Cause, "é…") {
		t.Errorf("a cause of %d bytes is kept", len(got.Cause))
	}
}

func BenchmarkKeep(b *testing.B) {
	s, err := Open(b.TempDir(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for n := 0; pb.Next(); n++ {
			if err := s.Keep(background, letter(fmt.Sprintf("%p_%d", pb, n), 1000)); err != nil {
				b.Error(err)
			}
		}
	})
}
