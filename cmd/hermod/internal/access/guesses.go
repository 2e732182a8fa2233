package access

import (
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// How many wrong tokens an address may show: maxGuesses at once, then one each guessPause. maxAddresses bounds those
// that are remembered; beyond it the one that was heard of least recently is forgotten.
const (
	maxGuesses   = 10
	guessPause   = 10 * time.Second
	maxAddresses = 4096
	maxKnown     = 8 // tokens that are remembered of an address
)

// guesses remembers which addresses showed wrong tokens.
type guesses struct {
	mu        sync.Mutex
	addresses *lru.Cache[string, *address]
}

// address is what is remembered of one.
type address struct {
	limit *rate.Limiter
	known []digest // tokens that were right, the newest last
}

func newGuesses() *guesses {
	addresses, err := lru.New[string, *address](maxAddresses)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &guesses{addresses: addresses}
}

// of returns an address, which the caller uses under the lock.
func (g *guesses) of(from string) *address {
	a, ok := g.addresses.Get(from)
	if !ok {
		a = &address{limit: rate.NewLimiter(rate.Every(guessPause), maxGuesses)}
		g.addresses.Add(from, a)
	}
	return a
}

// wait is how long an address has to wait before it may show an unknown token again, 0 for not at all.
func (g *guesses) wait(from string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	a, ok := g.addresses.Get(from)
	if !ok || a.limit.Tokens() >= 1 {
		return 0
	}
	missing := 1 - a.limit.Tokens()
	return time.Duration(missing*float64(guessPause)).Round(time.Second) + time.Second
}

// knows says whether a token was right before, shown from there.
func (g *guesses) knows(from string, shown digest) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	a, ok := g.addresses.Get(from)
	return ok && slices.Contains(a.known, shown)
}

func (g *guesses) wrong(from string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.of(from).limit.Allow()
}

func (g *guesses) right(from string, shown digest) {
	g.mu.Lock()
	defer g.mu.Unlock()
	a := g.of(from)
	if slices.Contains(a.known, shown) {
		return
	}
	if len(a.known) == maxKnown {
		a.known = a.known[1:]
	}
	a.known = append(slices.Clip(a.known), shown)
}
