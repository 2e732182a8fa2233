package deliver

import (
	"strconv"
	"testing"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
)

// unstarted are n bots of a fleet that do not run.
func unstarted(t *testing.T, f *fleet.Fleet, n int) []*fleet.Bot {
	t.Helper()
	cfg := new(config.Config)
	for i := range n {
		cfg.Bots = append(cfg.Bots, &config.Bot{Name: strconv.Itoa(i)})
	}
	if _, err := f.Apply(cfg); err != nil {
		t.Fatal(err)
	}
	return f.Bots()
}

func TestTheStreamsOfBotsThatLeftAreForgottenAndTheOthersKept(t *testing.T) {
	f, err := fleet.New(fleet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := newStreams(newDeadLetters())
	gone := unstarted(t, f, 100)
	stays := gone[0]
	kept := s.Of(stays)
	for _, bot := range gone {
		s.Of(bot)
	}
	unstarted(t, f, 1)
	for _, bot := range gone[1:] {
		<-bot.Done()
	}
	for _, bot := range unstarted(t, f, 100) {
		s.Of(bot)
		if len(s.byBot) > 2*100 {
			t.Fatalf("%d streams of 100 bots", len(s.byBot))
		}
	}
	if s.Of(stays) != kept {
		t.Error("the stream of a bot that stayed is another one")
	}
	for range 2 {
		unstarted(t, f, 1)
		for _, bot := range unstarted(t, f, 100) {
			s.Of(bot)
		}
	}
	if len(s.byBot) > 2*100 {
		t.Errorf("%d streams of 100 bots", len(s.byBot))
	}
	if err := f.Close(background); err != nil {
		t.Error(err)
	}
}
