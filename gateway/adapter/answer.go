package adapter

import (
	"strings"

	"hermod/wire"
)

// Verdict is what an answer to a prompt is worth.
type Verdict uint8

const (
	// Ignored is an answer to do nothing about: another process asked, or it is a repeat.
	Ignored Verdict = iota
	// Answered is the first answer to a prompt that waited for it.
	Answered
	// Expired is the first answer to a prompt of ours that waits no longer. Say so, once, to
	// who pressed the button.
	Expired
)

// String returns "ignored", "answered" or "expired".
func (v Verdict) String() string {
	return [...]string{Ignored: "ignored", Answered: "answered", Expired: "expired"}[v]
}

// Answer is one answer to a prompt.
type Answer[T any] struct {
	Verdict  Verdict
	PromptID string
	OptionID string
	// MessageID is the message with the buttons, "" where the platform does not say.
	MessageID string
	// State is what Ask was given; the zero value unless the verdict is Answered.
	State T
}

// Answer says whether an event is an answer to a prompt, and what it is worth. Such an event
// is never chat, whatever its text. An answer counts once: a handler that may fail keeps the
// verdict until it has acted on it, since its second try is told Ignored.
func (p *Prompts[T]) Answer(e *wire.Event) (answer Answer[T], ok bool) {
	if len(e.Extras().PromptResponse) == 0 {
		return answer, false
	}
	response, _ := objectOf(e.Extras().PromptResponse)
	answer.PromptID = response.text("prompt_id")
	answer.OptionID = response.text("option_id")
	answer.MessageID = response.text("prompt_message_id")
	if answer.OptionID != "" && strings.HasPrefix(answer.PromptID, p.process+".") {
		answer.Verdict, answer.State = p.close(answer.PromptID)
	}
	return answer, true
}

// close takes the first answer to a prompt of this process.
func (p *Prompts[T]) close(id string) (verdict Verdict, state T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed.Contains(id) {
		return Ignored, state
	}
	p.closed.Add(id, struct{}{})
	prompt, ok := p.open.Peek(id)
	p.open.Remove(id)
	if !ok || prompt.expires.Before(p.cfg.Now()) {
		return Expired, state
	}
	return Answered, prompt.state
}
