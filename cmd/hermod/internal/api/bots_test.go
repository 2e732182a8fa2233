package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/store"
)

func TestAnOrderThatTheDiskDoesNotTakeIsNoSuccess(t *testing.T) {
	s, err := store.Open(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	f, err := fleet.New(fleet.Options{Memory: s})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	defer func() { _ = f.Close(ctx) }()
	if _, err := f.Apply(&config.Config{Bots: []*config.Bot{{Name: "a"}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil { // as good as a disk that is full
		t.Fatal(err)
	}
	a := &api{Options: Options{Fleet: f, Store: s}}
	bot, _ := f.Bot("a")
	var p *problem.Problem
	err = a.lasting((*fleet.Bot).Disable)(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil), bot)
	if !errors.As(err, &p) || p.Status != http.StatusServiceUnavailable || bot.Status().Cause != fleet.ByOperator {
		t.Errorf("error is %v; the bot is %+v", err, bot.Status())
	}
}
