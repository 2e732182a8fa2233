package demo

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"maps"
	"sync"
	"time"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// recordedEvents are platform events in the protocol's form, one a line.
//
//go:embed events.ndjson
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

// traffic plays the platforms: it replays each bot's recordings round and round, at a steady pace.
type traffic struct {
	recordings map[string][]recording // by platform
	every      time.Duration          // between two events of a bot
	connector  *server
	ledger     *ledger
	players    map[string]*player // by bot
}

// player is one bot's source of events.
type player struct {
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// start begins a bot's traffic.
func (t *traffic) start(bot bot) {
	ctx, cancel := context.WithCancel(context.Background())
	p := &player{cancel: cancel}
	if t.players == nil {
		t.players = make(map[string]*player)
	}
	t.players[bot.name] = p
	p.work.Go(func() { t.play(ctx, bot) })
}

func (t *traffic) play(ctx context.Context, bot bot) {
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
func (t *traffic) inject(ctx context.Context, bot string, r recording) {
	n, id := t.ledger.number()
	event, err := json.Marshal(r.with("message_id", id))
	if err == nil && t.connector.inject(ctx, bot, event) == nil {
		t.ledger.inject(bot, n)
	}
}

// stop ends a bot's traffic; when it returns, nothing more is injected.
func (t *traffic) stop(bot string) {
	t.players[bot].cancel()
	t.players[bot].work.Wait()
}

func (t *traffic) stopAll() {
	for bot := range t.players {
		t.stop(bot)
	}
}
