package world

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"hermod/faults/internal/journal"
	"hermod/faults/internal/role"
)

// client gives up on who does not answer, long after the daemon should have. Every call has a connection of its own.
var client = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// call makes a request; status 0 says that there was no answer. body may be nil, and answer too.
func call(ctx context.Context, method, url string, body any, key string, answer any) (status int) {
	var text io.Reader
	if body != nil {
		encoded, _ := json.Marshal(body)
		text = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, url, text)
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return 0
	}
	if answer != nil && json.Unmarshal(raw, answer) != nil {
		return 0
	}
	return response.StatusCode
}

func (w *World) connectorURL(path string) string { return "http://" + w.at["connector"] + path }

func (w *World) apiURL(path string) string { return "http://" + w.at["api"] + path }

// act makes a request over the daemon's API, by the link that receivers use, and repeats it under its key while nobody
// answers.
func (w *World) act(ctx context.Context, notes *journal.Writer, bot, chat, id, content string) {
	notes.Note(journal.Asked, id, "")
	action := map[string]string{"op": "send", "chat_id": chat, "content": content}
	for range 5 {
		var answer struct {
			Success bool `json:"success"`
			Result  struct {
				Ambiguous bool `json:"ambiguous"`
			} `json:"result"`
		}
		status := call(ctx, http.MethodPost, "http://"+w.at["r-d"]+"/v1/bots/"+bot+"/actions", action, id, &answer)
		if status != 0 {
			notes.Note(journal.Answered, id, role.Outcome(status == http.StatusOK && answer.Success, answer.Result.Ambiguous))
			return
		}
		<-time.After(50 * time.Millisecond)
	}
	notes.Note(journal.Answered, id, role.Outcome(false, true))
}

// inject gives the connector a delivery until it has it, and returns how often that took.
func (w *World) inject(ctx context.Context, path string, body any) (tries int) {
	for ctx.Err() == nil {
		tries++
		if call(ctx, http.MethodPost, w.connectorURL(path), body, "", nil) == http.StatusOK {
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	return tries
}

// connectorState is what the connector has for each gateway.
func (w *World) connectorState(ctx context.Context) (left []string, setAside []string) {
	var state struct {
		Gateways map[string]struct {
			Buffered int `json:"buffered"`
			SetAside int `json:"setAside"`
		} `json:"gateways"`
	}
	if call(ctx, http.MethodGet, w.connectorURL("/dev/state"), nil, "", &state) != http.StatusOK {
		return []string{"the connector does not say what it keeps"}, nil
	}
	for bot, g := range state.Gateways {
		if g.Buffered > 0 {
			left = append(left, fmt.Sprintf("the connector keeps %d deliveries of %s", g.Buffered, bot))
		}
		if g.SetAside > 0 {
			setAside = append(setAside, bot)
		}
	}
	return left, setAside
}

// letters lists the dead letters: the ids of their deliveries, and their own.
func (w *World) letters(ctx context.Context) (deliveries, ids []string, ok bool) {
	var page struct {
		DeadLetters []struct {
			ID string `json:"id"`
		} `json:"dead_letters"`
	}
	if call(ctx, http.MethodGet, w.apiURL("/v1/dead-letters?limit=1000"), nil, "", &page) != http.StatusOK {
		return nil, nil, false
	}
	for _, l := range page.DeadLetters {
		var whole struct {
			Record struct {
				Event struct {
					MessageID string `json:"message_id"`
				} `json:"event"`
			} `json:"record"`
		}
		if call(ctx, http.MethodGet, w.apiURL("/v1/dead-letters/"+l.ID), nil, "", &whole) != http.StatusOK {
			return nil, nil, false
		}
		deliveries, ids = append(deliveries, whole.Record.Event.MessageID), append(ids, l.ID)
	}
	return deliveries, ids, true
}
