package access

import (
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"hermod/cmd/hermod/internal/problem"
)

// Reason is why a request was refused.
type Reason string

// The reasons. Missing and Malformed are requests without a bearer token, Unknown those with a wrong one, and Limited
// those whose token was not looked at, because of earlier wrong ones from the same address. NoRole and NotBot are known
// clients who may not do that, or not to that bot. Foreign are pages of another origin, and Host are requests for a
// name that is not loopback's.
const (
	Missing   Reason = "missing_token"
	Malformed Reason = "malformed_token"
	Unknown   Reason = "unknown_token"
	Limited   Reason = "rate_limited"
	NoRole    Reason = "role"
	NotBot    Reason = "bot"
	Foreign   Reason = "cross_origin"
	Host      Reason = "host"
)

// Reasons returns all of them.
func Reasons() []Reason {
	return []Reason{Missing, Malformed, Unknown, Limited, NoRole, NotBot, Foreign, Host}
}

// How many lines tell of refusals: one each refusalPause of an address for a reason, and of all together maxLines at
// once, then one each linePause. Each says how many refusals there were.
const (
	refusalPause = time.Minute
	maxLines     = 20
	linePause    = 10 * time.Second
)

// Control keeps account of what clients may and may not do, for all listeners of a daemon.
type Control struct {
	log     *slog.Logger
	guesses *guesses
	counts  map[Reason]*atomic.Uint64 // never changed

	mu     sync.Mutex
	told   *lru.Cache[cause, time.Time] // when there was a line last
	lines  *rate.Limiter
	untold int // refusals since the last line
}

// cause is what a line tells of.
type cause struct {
	from   string
	reason Reason
}

// New returns a control that writes to log.
func New(log *slog.Logger) *Control {
	told, err := lru.New[cause, time.Time](maxAddresses)
	if err != nil {
		panic(err) // the size is a constant
	}
	c := &Control{log: log, guesses: newGuesses(), counts: make(map[Reason]*atomic.Uint64), told: told,
		lines: rate.NewLimiter(rate.Every(linePause), maxLines)}
	for _, reason := range Reasons() {
		c.counts[reason] = new(atomic.Uint64)
	}
	return c
}

// Refusals returns how many requests were refused for a reason.
func (c *Control) Refusals(reason Reason) uint64 { return c.counts[reason].Load() }

// Refused counts a request that is refused, and tells of it while that is not too much. That somebody shows no token is
// not worth a line.
func (c *Control) Refused(r *http.Request, from string, reason Reason) {
	c.counts[reason].Add(1)
	if reason == Missing {
		return
	}
	if refused := c.toTell(cause{from, reason}); refused > 0 {
		c.log.Warn("request refused", "reason", string(reason), "by", CallerOf(r).By(), "from", from, "method", fold(r.Method),
			"path", short(r.URL.Path), "refused", refused)
	}
}

// toTell counts a refusal, and returns how many a line has to tell of now, 0 for no line.
func (c *Control) toTell(of cause) (refused int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.untold++
	if last, ok := c.told.Get(of); ok && time.Since(last) < refusalPause || !c.lines.Allow() {
		return 0
	}
	c.told.Add(of, time.Now())
	refused, c.untold = c.untold, 0
	return refused
}

// Need is what a route asks of a client.
type Need struct {
	Role Role
	// Filters says that a route without {bot} in its path keeps to the bots that the client sees. Others of that kind are
	// not for clients that are limited to some bots.
	Filters bool
}

// Route serves what next serves to clients that have what it needs, for the bot that {bot} in its path names, and
// writes a line for each call that steers.
func (c *Control) Route(need Need, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := c.permit(need, r); p != nil {
			p.ServeHTTP(w, r)
			return
		}
		if !audited(need.Role, r) {
			next.ServeHTTP(w, r)
			return
		}
		answer := &outcome{ResponseWriter: w, status: http.StatusOK}
		defer func() { c.audit(r, answer.status) }() // after a panic, too
		next.ServeHTTP(answer, r)
	})
}

// permit returns why a client may not do that, nil if it may.
func (c *Control) permit(need Need, r *http.Request) *problem.Problem {
	caller := CallerOf(r)
	if !caller.Has(need.Role) {
		c.Refused(r, fromOf(r), NoRole)
		return problem.New(http.StatusForbidden, "role-missing", "Not with this token",
			"the token does not have the role "+string(need.Role), "show a token that has it, or add the role in http.tokens")
	}
	bot := r.PathValue("bot")
	if permitted := caller.Sees(bot) || bot == "" && (need.Filters || need.Role == Any); !permitted {
		c.Refused(r, fromOf(r), NotBot)
		return problem.New(http.StatusForbidden, "bot-not-permitted", "Not for this bot",
			"the token is for other bots only", "show a token whose bots in http.tokens include what you ask for")
	}
	return nil
}
