package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"sync"

	"hermod/wire"
)

// digest stands for a token: comparing digests tells neither its length nor its content by the time it takes.
type digest [sha256.Size]byte

// Token lets in who shows it.
type Token struct {
	// Name is what the log calls its owner.
	Name   string
	Secret wire.Secret
	Roles  []Role
	// Bots are patterns of names, with * and ?, that the roles are limited to; none is no limit.
	Bots []string
}

// Register knows the clients of one listener.
type Register struct {
	anyone *entry // everybody, where no token is asked for; else nil

	mu    sync.Mutex
	known []*entry
}

// NewRegister returns a register that lets everybody in if open. Otherwise it lets nobody in before Replace.
func NewRegister(open bool) *Register {
	r := new(Register)
	if open {
		r.anyone = newEntry(&Caller{by: "local", roles: withIncluded([]Role{Admin})})
	}
	return r
}

// entry is a client that may come in, until ctx ends.
type entry struct {
	caller *Caller
	ctx    context.Context
	revoke context.CancelFunc
}

func newEntry(c *Caller) *entry {
	e := &entry{caller: c}
	e.ctx, e.revoke = context.WithCancel(context.Background())
	return e
}

// Replace lets in who shows one of these tokens and nobody else. What the others hold open ends.
func (r *Register) Replace(tokens []Token) { r.change(tokens, true) }

// Retain is the half of Replace that ends: nobody new is let in.
func (r *Register) Retain(tokens []Token) { r.change(tokens, false) }

func (r *Register) change(tokens []Token, add bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.known
	r.known = nil
	for _, t := range tokens {
		c := callerOf(t)
		if i := slices.IndexFunc(before, func(e *entry) bool { return e.caller.same(c) }); i >= 0 {
			r.known = append(r.known, before[i])
			before = slices.Delete(before, i, i+1)
		} else if add {
			r.known = append(r.known, newEntry(c))
		}
	}
	for _, e := range before {
		e.revoke()
	}
}

func callerOf(t Token) *Caller {
	return &Caller{by: "token:" + t.Name, roles: withIncluded(t.Roles), bots: slices.Sorted(slices.Values(t.Bots)),
		digest: sha256.Sum256([]byte(t.Secret.Reveal()))}
}

// IsOpen says that no token is asked for, ever.
func (r *Register) IsOpen() bool { return r.anyone != nil }

// find returns the entry of a token; it takes as long for every token.
func (r *Register) find(shown digest) (found *entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.known {
		if subtle.ConstantTimeCompare(e.caller.digest[:], shown[:]) == 1 {
			found = e
		}
	}
	return found
}

// bearer returns the digest of the token that a request shows.
func bearer(r *http.Request) (shown digest, reason Reason) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return shown, Missing
	}
	scheme, token, _ := strings.Cut(header, " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return shown, Malformed
	}
	return sha256.Sum256([]byte(token)), ""
}
