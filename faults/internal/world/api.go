package world

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
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

// apiURL is that of the daemon, or of the nodes in turn.
func (w *World) apiURL(path string) string {
	turn := int(w.turns.Add(1))
	return "http://" + w.at[w.apis[turn%len(w.apis)]] + path
}

// starting is the answer of a daemon that serves nothing yet, and knows nothing of the request.
const starting = "urn:hermod:problem:starting"

// act makes a request over the daemon's API, by the link that receivers use, and repeats it under its key while nobody
// answers.
func (w *World) act(ctx context.Context, notes *journal.Writer, bot, chat, id, content string) {
	notes.Note(journal.Asked, id, "")
	action := map[string]string{"op": "send", "chat_id": chat, "content": content}
	// A client of nodes must not repeat: keys hold only as long as the bot stays where it is.
	url, tries := "http://"+w.at["r-d"], 5
	if w.opts.Cluster {
		url, tries = w.apiURL(""), 1
	}
	for range tries {
		var answer struct {
			Type    string `json:"type"`
			Success bool   `json:"success"`
			Result  struct {
				Ambiguous bool `json:"ambiguous"`
			} `json:"result"`
		}
		status := call(ctx, http.MethodPost, url+"/v1/bots/"+bot+"/actions", action, id, &answer)
		if status != 0 && answer.Type != starting {
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

// letters lists all dead letters: the ids of their deliveries, and their own URLs.
func (w *World) letters(ctx context.Context) (deliveries, urls []string, ok bool) {
	for _, api := range w.apis {
		found, at, ok := w.lettersOf(ctx, "http://"+w.at[api]+"/v1/dead-letters")
		if !ok {
			return nil, nil, false
		}
		deliveries, urls = append(deliveries, found...), append(urls, at...)
	}
	return deliveries, urls, true
}

func (w *World) lettersOf(ctx context.Context, list string) (deliveries, urls []string, ok bool) {
	var page struct {
		DeadLetters []struct {
			ID string `json:"id"`
		} `json:"dead_letters"`
	}
	if call(ctx, http.MethodGet, list+"?limit=1000", nil, "", &page) != http.StatusOK {
		return nil, nil, false
	}
	for _, l := range page.DeadLetters {
		var whole struct {
			Record struct {
				Event struct {
					MessageID string `json:"message_id"`
				} `json:"event"`
				Forward struct {
					Path string `json:"path"`
				} `json:"forward"`
			} `json:"record"`
		}
		if call(ctx, http.MethodGet, list+"/"+l.ID, nil, "", &whole) != http.StatusOK {
			return nil, nil, false
		}
		id := cmp.Or(whole.Record.Event.MessageID, strings.TrimPrefix(whole.Record.Forward.Path, "/"))
		deliveries, urls = append(deliveries, id), append(urls, list+"/"+l.ID)
	}
	return deliveries, urls, true
}
