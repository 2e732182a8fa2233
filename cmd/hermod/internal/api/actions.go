package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/problem"
	"hermod/wire"
)

// act carries out an action and answers with the connector's result.
func (a *api) act(w http.ResponseWriter, r *http.Request, b *fleet.Bot) error {
	body, err := read(w, r, wire.MaxAction)
	if err != nil {
		return err
	}
	action, err := parseAction(body)
	if err != nil {
		return err
	}
	return a.request(w, r, b, action, body)
}

func parseAction(body []byte) (wire.Action, error) {
	action, err := wire.ParseAction(body)
	var fields struct {
		Op json.RawMessage `json:"op"`
	}
	var op string
	if err != nil || json.Unmarshal(body, &fields) != nil {
		return action, badBody("the body is not a JSON object", `send an action, for example {"op":"send","chat_id":"c1","content":"hello"}`)
	}
	if json.Unmarshal(fields.Op, &op) != nil || op == "" {
		return action, badBody(`"op" is not a string that names what to do`, `send an action, for example {"op":"send","chat_id":"c1","content":"hello"}`)
	}
	return action, nil
}

// followUp continues an interaction by its session key.
func (a *api) followUp(w http.ResponseWriter, r *http.Request, b *fleet.Bot) error {
	var f struct {
		SessionKey string          `json:"session_key"`
		Kind       string          `json:"kind"`
		Content    string          `json:"content"`
		Metadata   json.RawMessage `json:"metadata"`
	}
	if err := decode(w, r, wire.MaxAction, &f, "session_key", "kind", "content", "metadata"); err != nil {
		return err
	}
	if f.SessionKey == "" || f.Kind == "" {
		return badBody(`"session_key" or "kind" is missing`, `take session_key from the event, and for example "kind":"discord.interaction_token"`)
	}
	action := wire.NewFollowUp(f.SessionKey, f.Kind, f.Content)
	switch {
	case len(f.Metadata) == 0 || string(f.Metadata) == "null":
	case f.Metadata[0] != '{':
		return badBody(`"metadata" is not an object`, "send an object, or leave it out")
	default:
		action = action.With("metadata", f.Metadata)
	}
	canonical, err := action.MarshalJSON()
	if err != nil || len(canonical) > wire.MaxAction {
		return badBody("the follow-up is too long for one frame", "send less")
	}
	return a.request(w, r, b, action, canonical)
}

// request sends an action, once for each idempotency key; body is what a key stands for.
func (a *api) request(w http.ResponseWriter, r *http.Request, b *fleet.Bot, action wire.Action, body []byte) error {
	via, err := platform(r, b)
	if err != nil {
		return err
	}
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	if key == "" {
		perform(r.Context(), b, action, via).send(w)
		return nil
	}
	lasting := context.WithoutCancel(r.Context()) // what was begun is worth its result, whoever waits for it
	what := fingerprint(r.URL.Path, r.URL.Query().Get("platform"), body)
	done, replayed, err := a.keys.do(r.Context(), keyOf(b, key), what, func() outcome {
		return perform(lasting, b,
			action, via)
	})
	switch {
	case errors.Is(err, errKeyReused):
		return problem.New(http.StatusUnprocessableEntity, "idempotency-key-reused", "Idempotency key used before",
			"this Idempotency-Key came with another request", "send each new request with a key of its own, and a repeat exactly as before")
	case err != nil:
		return nil // the client has gone
	}
	if replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	done.send(w)
	return nil
}

// platform reads the platform to tag the frame with. One that the bot does not front is refused.
func platform(r *http.Request, b *fleet.Bot) (string, error) {
	name := r.URL.Query().Get("platform")
	cfg := b.Config()
	if name == "" || cfg == nil {
		return "", nil
	}
	fronted := make([]string, 0, len(cfg.Identities))
	for _, identity := range cfg.Identities {
		fronted = append(fronted, identity.Platform)
	}
	if !slices.Contains(fronted, name) {
		return "", problem.New(http.StatusBadRequest, "platform-not-fronted", "The bot is not on this platform",
			fmt.Sprintf("the bot has no identity on %.40q", name), "use "+strings.Join(fronted, ", ")+", or leave platform out")
	}
	return name, nil
}

// perform sends an action and turns what becomes of it into an answer.
func perform(ctx context.Context, b *fleet.Bot, action wire.Action, platform string) outcome {
	result, err := b.Send(ctx, action, platform)
	if errors.Is(err, fleet.ErrNotRunning) {
		return outcome{problem: notRunning(b.Status())}
	}
	if err != nil {
		return outcome{problem: failure(b, result, err), settled: result.Ambiguous}
	}
	return outcome{body: append(result.AppendJSON(nil), '\n'), settled: true}
}

// interrupt tells the connector that a session's work was interrupted. Nothing answers it.
func interrupt(w http.ResponseWriter, r *http.Request, b *fleet.Bot) error {
	var i struct {
		SessionKey string  `json:"session_key"`
		Reason     *string `json:"reason"`
	}
	if err := decode(w, r, maxSmall, &i, "session_key", "reason"); err != nil {
		return err
	}
	if i.SessionKey == "" {
		return badBody(`"session_key" is missing`, "take it from the event")
	}
	relay, ok := b.Relay()
	if !ok {
		return notRunning(b.Status())
	}
	if err := relay.Interrupt(r.Context(), i.SessionKey, i.Reason); err != nil {
		p := problemOf(b.Status(), err)
		p.Detail = err.Error()
		return p
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// chat asks for a chat's name and type.
func chat(w http.ResponseWriter, r *http.Request, b *fleet.Bot) error {
	via, err := platform(r, b)
	if err != nil {
		return err
	}
	chatID := r.PathValue("chat")
	result, err := b.Send(r.Context(), wire.NewGetChatInfo(chatID), via)
	if errors.Is(err, fleet.ErrNotRunning) {
		return notRunning(b.Status())
	}
	if err != nil {
		return failure(b, result, err)
	}
	return answer(w, http.StatusOK, result.ChatInfo(chatID))
}
