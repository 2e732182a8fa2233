package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/problem"
)

// What is remembered of requests with a key; at a bound the one that was used longest ago is forgotten.
const (
	keyLife     = 24 * time.Hour
	maxKeys     = 100_000
	maxKeyBytes = 64 << 20 // of outcomes
	maxKey      = 255      // of one key
)

var errKeyReused = errors.New("the idempotency key came with another request")

// keys carries out what comes with an idempotency key once. Its methods may be called from any goroutine.
type keys struct {
	journal noter

	mu      sync.Mutex
	running map[string]*attempt
	done    *simplelru.LRU[string, *attempt]
	bytes   int
	dropped []string // of done, since somebody told the journal
}

// attempt is a request with a key. What follows ended may be read once that is closed.
type attempt struct {
	what    [sha256.Size]byte
	ended   chan struct{}
	outcome outcome
	expires time.Time
	before  bool   // it was another daemon that carried it out, or began to
	reused  bool   // for another request
	begun   []byte // what a *sharedNotes noted of it
}

// noter keeps attempts where another daemon finds them: each before it is carried out, and with its outcome
// afterwards. A *journal does so for the next daemon on this disk, a *sharedNotes for every node of a cluster.
type noter interface {
	// load returns what is remembered, the oldest first.
	load() []entry
	// begin notes that an attempt is about to be carried out. It returns the attempt that was noted under this key
	// before, if there is one; the outcome is a problem if nothing can be noted.
	begin(key string, a *attempt) (before *attempt, failed outcome)
	// end notes the outcome, or that there was none, and forgets the keys that dropped names when it is called.
	end(key string, a *attempt, dropped func() []string)
}

// newKeys begins with what is noted.
func newKeys(j noter) *keys {
	k := &keys{journal: j, running: make(map[string]*attempt)}
	k.done, _ = simplelru.NewLRU(maxKeys, func(key string, a *attempt) {
		k.bytes -= a.outcome.size()
		k.dropped = append(k.dropped, key)
	})
	for _, entry := range j.load() {
		k.remember(entry.key, entry.attempt)
	}
	return k
}

// do returns what perform returned for this key, now or before, or is just about to return. The error is errKeyReused,
// or the context's when it ends while another's attempt runs. An outcome that is not settled is not remembered.
func (k *keys) do(ctx context.Context, key string, what [sha256.Size]byte, perform func() outcome) (o outcome,
	replayed bool, err error) {
	a, mine := k.begin(key, what)
	switch {
	case a.what != what:
		return o, false, errKeyReused
	case mine:
		defer k.end(key, a)
		if k.lookUp(key, a); a.outcome.problem == nil && !a.before {
			a.outcome = perform()
		}
		if a.reused {
			return o, false, errKeyReused
		}
		return a.outcome, a.before, nil
	}
	select {
	case <-a.ended:
		if a.reused {
			return o, false, errKeyReused
		}
		return a.outcome, true, nil
	case <-ctx.Done():
		return o, false, ctx.Err()
	}
}

// lookUp takes over what another daemon noted under the key; else the attempt is noted.
func (k *keys) lookUp(key string, a *attempt) {
	before, failed := k.journal.begin(key, a)
	a.outcome = failed
	if before != nil {
		a.outcome, a.before, a.reused = before.outcome, true, before.what != a.what
	}
}

// begin finds the attempt of a key, or makes one, which is the caller's to carry out.
func (k *keys) begin(key string, what [sha256.Size]byte) (a *attempt, mine bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if a = k.running[key]; a != nil {
		return a, false
	}
	if a, known := k.done.Get(key); known && time.Now().Before(a.expires) {
		return a, false
	}
	a = &attempt{what: what, ended: make(chan struct{}), expires: time.Now().Add(keyLife)}
	k.running[key] = a
	return a, true
}

// end remembers a settled outcome and lets those go on who wait for it.
func (k *keys) end(key string, a *attempt) {
	if a.outcome.problem == nil && a.outcome.body == nil { // perform panicked
		a.outcome.problem = problem.New(http.StatusInternalServerError, "internal", "Internal error",
			"the daemon could not carry the action out", "the log says why; please report it")
	}
	k.mu.Lock()
	k.done.Remove(key)
	if a.outcome.settled && !a.before {
		a.expires = time.Now().Add(keyLife)
		k.remember(key, a)
	}
	dropped := k.dropped
	k.dropped = nil
	k.mu.Unlock()
	if !a.before { // what another daemon noted is not this one's to change
		k.journal.end(key, a, func() []string { return k.unused(dropped) })
	}
	k.mu.Lock()
	delete(k.running, key) // not before: nobody is to begin anew what is about to be noted
	k.mu.Unlock()
	close(a.ended)
}

// unused leaves of keys those that nobody has begun to use again.
func (k *keys) unused(all []string) (unused []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range all {
		if k.running[key] == nil && !k.done.Contains(key) {
			unused = append(unused, key)
		}
	}
	return unused
}

// remember keeps an attempt, within the bounds. The lock is held, or nobody else knows the keys.
func (k *keys) remember(key string, a *attempt) {
	k.done.Add(key, a)
	for k.bytes += a.outcome.size(); k.bytes > maxKeyBytes; {
		k.done.RemoveOldest()
	}
}

// idempotencyKey reads the header, "" for none.
func idempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 || values[0] == "" || len(values[0]) > maxKey || strings.ContainsFunc(values[0], isNoKeyRune) {
		return "", problem.New(http.StatusBadRequest, "invalid-idempotency-key", "Invalid idempotency key",
			fmt.Sprintf("Idempotency-Key is not one value of 1 to %d printable characters of ASCII without blanks", maxKey),
			"send for example a UUID, a new one for each new request")
	}
	return values[0], nil
}

func isNoKeyRune(r rune) bool { return r <= ' ' || r > '~' }

// keyOf keeps the keys of bots apart.
func keyOf(b *fleet.Bot, key string) string { return b.Name() + "\x00" + key }

func fingerprint(path, platform string, body []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(path+"\x00"+platform+"\x00"), body...))
}
