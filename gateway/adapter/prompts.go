package adapter

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"hermod/wire"
)

// Defaults of a PromptsConfig.
const (
	PromptExpiry   = 3600 * time.Second
	MaxOpenPrompts = 4096
)

// maxClosedPrompts is how many prompts that need no further answer are remembered.
const maxClosedPrompts = 256

// PromptsConfig configures Prompts. The zero value is ready to use.
type PromptsConfig struct {
	// Expiry is how long a prompt waits for its answer; PromptExpiry if 0 or less. It is
	// rounded up to whole seconds for the connector.
	Expiry time.Duration
	// MaxOpen bounds the prompts that wait; MaxOpenPrompts if 0 or less. At the bound the
	// oldest is forgotten, and counts as expired.
	MaxOpen int
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Random fills its argument with random bytes; crypto/rand if nil.
	Random func([]byte)
}

// Prompts remembers the questions with buttons that this process asked, each with a state of
// the gateway's, until they are answered or expire. A connector may bring an answer to every
// gateway of an account, and more than once: Prompts tells which one counts. It is bounded by
// PromptsConfig.MaxOpen, and by the last 256 that were closed. It is safe for concurrent use.
type Prompts[T any] struct {
	cfg     PromptsConfig
	process string // 6 hex digits that no other process has

	mu     sync.Mutex
	open   *simplelru.LRU[string, openPrompt[T]]
	closed *simplelru.LRU[string, struct{}]
}

type openPrompt[T any] struct {
	state   T
	expires time.Time
}

// NewPrompts returns a memory without prompts.
func NewPrompts[T any](cfg PromptsConfig) *Prompts[T] {
	if cfg.Expiry <= 0 {
		cfg.Expiry = PromptExpiry
	}
	if cfg.MaxOpen <= 0 {
		cfg.MaxOpen = MaxOpenPrompts
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = func(b []byte) { _, _ = rand.Read(b) }
	}
	p := &Prompts[T]{cfg: cfg}
	p.process = p.randomHex(3)
	p.open, _ = simplelru.NewLRU[string, openPrompt[T]](cfg.MaxOpen, nil)
	p.closed, _ = simplelru.NewLRU[string, struct{}](maxClosedPrompts, nil)
	return p
}

// Ask returns the action that asks a question, and the prompt's id. The answer comes back
// with the state. Kind is approval, clarify or choice. The error is a *PromptIDError that
// names an option whose id no token can carry. Forget the prompt if the action fails: nobody
// saw it.
func (p *Prompts[T]) Ask(
	chatID, kind, question string, options []wire.PromptOption, state T,
) (wire.Action, string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := p.freshID()
	for _, option := range options {
		if _, err := PromptToken(id, option.ID); err != nil {
			return wire.Action{}, "", err
		}
	}
	p.dropExpired()
	p.open.Add(id, openPrompt[T]{state: state, expires: p.cfg.Now().Add(p.cfg.Expiry)})
	seconds := int64((p.cfg.Expiry + time.Second - 1) / time.Second)
	return wire.NewPrompt(chatID, kind, id, question, options).With("timeout_s", seconds), id, nil
}

// Forget takes a prompt back that was not shown. Its answers are consumed silently.
func (p *Prompts[T]) Forget(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open.Remove(id) {
		p.closed.Add(id, struct{}{})
	}
}

// freshID returns <6 hex of the process>.<8 hex>.
func (p *Prompts[T]) freshID() string {
	for {
		id := p.process + "." + p.randomHex(4)
		if !p.open.Contains(id) && !p.closed.Contains(id) {
			return id
		}
	}
}

func (p *Prompts[T]) randomHex(bytes int) string {
	b := make([]byte, bytes)
	p.cfg.Random(b)
	return hex.EncodeToString(b)
}

// dropExpired works from the oldest on: all prompts wait equally long.
func (p *Prompts[T]) dropExpired() {
	for now := p.cfg.Now(); ; p.open.RemoveOldest() {
		if _, oldest, ok := p.open.GetOldest(); !ok || !oldest.expires.Before(now) {
			return
		}
	}
}
