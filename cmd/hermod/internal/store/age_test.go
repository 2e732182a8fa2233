package store

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestALetterIsNotTooOldSinceTheClockSaysSo(t *testing.T) {
	s, _ := inMemory(t)
	s.Limit(Limits{MaxAge: time.Hour})
	before := letter("evt_1", 1)
	before.Last = time.Now().Add(-1000 * time.Hour) // as it looks when the clock has jumped
	must(t, s.Keep(background, before))
	must(t, s.Keep(background, letter("evt_2", 1)))
	if got := ids(t, s); !slices.Equal(got, []string{"evt_2", "evt_1"}) {
		t.Errorf("letters are %v", got)
	}
}

func TestALetterOfTheFutureDoesNotKeepOthersFromAgeing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := inMemory(t)
		s.Limit(Limits{MaxAge: time.Hour})
		ahead := letter("evt_1", 1)
		ahead.Last = time.Now().Add(1000 * time.Hour)
		must(t, s.Keep(background, ahead))
		must(t, s.Keep(background, letter("evt_2", 1)))
		time.Sleep(62 * time.Minute)
		synctest.Wait()
		if got := ids(t, s); len(got) > 0 {
			t.Errorf("letters are %v after 62 minutes", got)
		}
	})
}

func TestALetterAgesOverRestartsAndNotWhileNoDaemonRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		s := open(t, folder)
		must(t, s.Keep(background, letter("evt_1", 1)))
		time.Sleep(50 * time.Minute)
		must(t, s.Close())
		time.Sleep(1000 * time.Hour)
		s = open(t, folder)
		s.Limit(Limits{MaxAge: time.Hour})
		if age := s.Age(); age != 50*time.Minute {
			t.Errorf("the store is %v old", age)
		}
		time.Sleep(8 * time.Minute)
		synctest.Wait()
		if got := ids(t, s); len(got) != 1 {
			t.Errorf("letters are %v after 58 minutes", got)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if got := ids(t, s); len(got) > 0 {
			t.Errorf("letters are %v after 63 minutes", got)
		}
	})
}

func TestTheAgeIsWrittenOnceAnHourOfAStoreThatDoesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, t.TempDir())
		time.Sleep(10*time.Hour + time.Minute)
		synctest.Wait()
		if behind := s.Age() - s.age.written; behind > ageInterval+sweepInterval { // it is what a crash would leave
			t.Errorf("the file is %v behind", behind)
		}
	})
}
