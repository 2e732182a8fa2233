package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// readStream is the client of a bot's stream: it acknowledges what it gets, and connects anew now and then.
func (w *world) readStream(ctx context.Context, bot string) {
	base := "http://" + w.daemon.Listening + "/v1/bots/" + bot
	for ctx.Err() == nil {
		some, stop := context.WithTimeout(ctx, time.Duration(20+rand.IntN(100))*time.Second)
		_ = w.readSome(some, base)
		stop()
		pause(ctx, time.Second)
	}
}

func (w *world) readSome(ctx context.Context, base string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/events", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/x-ndjson")
	response, err := w.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var record struct{ ID string }
		if len(bytes.TrimSpace(lines.Bytes())) == 0 || json.Unmarshal(lines.Bytes(), &record) != nil || record.ID == "" {
			continue
		}
		if rand.IntN(200) == 0 { // a slow handler
			pause(ctx, 2*time.Second)
		}
		if err := w.post(ctx, base+"/acks", fmt.Sprintf(`{"ids":[%q]}`, record.ID), ""); err == nil {
			w.handled.Add(1)
		}
	}
	return lines.Err()
}

// post sends JSON to the daemon's API; key is an idempotency key, or "".
func (w *world) post(ctx context.Context, url, body, key string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := w.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s answered %s", url, response.Status)
	}
	return nil
}
