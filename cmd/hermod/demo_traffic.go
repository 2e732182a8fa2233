package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"maps"
	"sync"
	"time"

	"hermod/wire"

	json "github.com/goccy/go-json"
)

// recordedEvents are platform events in the protocol's form, one a line.
//
//go:embed testdata/events.ndjson
var recordedEvents []byte

// recording is one recorded event, open for changes.
type recording map[string]json.RawMessage

// loadRecordings returns the recorded events by platform.
func loadRecordings() (map[string][]recording, error) {
	byPlatform := make(map[string][]recording)
	for line := range bytes.Lines(recordedEvents) {
		event, err := wire.ParseEvent(line)
		if err != nil {
			return nil, fmt.Errorf("read the recorded events: %w", err)
		}
		var r recording
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("read the recorded events: %w", err)
		}
		byPlatform[event.Source.Platform] = append(byPlatform[event.Source.Platform], r)
	}
	return byPlatform, nil
}

// with returns a copy with a field replaced.
func (r recording) with(field, value string) recording {
	changed := maps.Clone(r)
	changed[field], _ = json.Marshal(value)
	return changed
}

// demoTraffic plays the platforms: it replays each bot's recordings round and round, at a steady pace.
type demoTraffic struct {
	recordings map[string][]recording // by platform
	every      time.Duration          // between two events of a bot
	connector  *demoConnector
	ledger     *demoLedger
	players    map[string]*demoPlayer // by bot
}

// demoPlayer is one bot's source of events.
type demoPlayer struct {
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// start begins a bot's traffic.
func (t *demoTraffic) start(bot demoBot) {
	ctx, cancel := context.WithCancel(context.Background())
	player := &demoPlayer{cancel: cancel}
	if t.players == nil {
		t.players = make(map[string]*demoPlayer)
	}
	t.players[bot.name] = player
	player.work.Go(func() { t.play(ctx, bot) })
}

func (t *demoTraffic) play(ctx context.Context, bot demoBot) {
	tick := time.NewTicker(t.every)
	defer tick.Stop()
	recordings := t.recordings[bot.platform]
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			t.inject(ctx, bot.name, recordings[i%len(recordings)])
		}
	}
}

// inject has one event delivered, under a message id of its own. What the connector did not take is nobody's loss but
// the platform's, and is not counted.
func (t *demoTraffic) inject(ctx context.Context, bot string, r recording) {
	n, id := t.ledger.number()
	event, err := json.Marshal(r.with("message_id", id))
	if err == nil && t.connector.inject(ctx, bot, event) == nil {
		t.ledger.inject(bot, n)
	}
}

// stop ends a bot's traffic; when it returns, nothing more is injected.
func (t *demoTraffic) stop(bot string) {
	t.players[bot].cancel()
	t.players[bot].work.Wait()
}

func (t *demoTraffic) stopAll() {
	for bot := range t.players {
		t.stop(bot)
	}
}
