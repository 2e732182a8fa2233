package check

import (
	"context"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"
)

// probe is one run of one check: what it says, what it saw, and what must be closed after it.
type probe struct {
	*transcript
	ctx    context.Context
	closes []func()
}

// finding ends a check from within, however deep: a check is a list of steps, each of which needs the one before.
type finding struct {
	verdict          Verdict
	reason, expected string
}

// broken ends the check: the peer does not keep the rule.
func (p *probe) broken(expected, format string, args ...any) {
	panic(finding{Broken, fmt.Sprintf(format, args...), expected})
}

// notApplicable ends the check: it can't say anything about this peer.
func (p *probe) notApplicable(format string, args ...any) {
	panic(finding{verdict: NotApplicable, reason: fmt.Sprintf(format, args...)})
}

// require is broken unless ok.
func (p *probe) require(ok bool, expected, format string, args ...any) {
	if !ok {
		p.broken(expected, format, args...)
	}
}

// judge runs the check and fills in what came of it.
func (c Check) judge(ctx context.Context, result *Result) {
	limit := c.limit
	if limit == 0 {
		limit = defaultLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p := &probe{transcript: &transcript{}, ctx: ctx}
	found := finding{verdict: OK}
	func() {
		defer func() {
			if v := recover(); v != nil {
				end, ok := v.(finding)
				if !ok {
					panic(v)
				}
				found = end
			}
		}()
		c.run(ctx, p)
	}()
	result.Verdict, result.Reason, result.Expected = found.verdict, found.reason, found.expected
	if found.verdict == Broken {
		result.Sent, result.Came = p.lines()
	}
	for _, end := range p.closes {
		end()
	}
}

// wait returns false when the time is over, or the check's is.
func (p *probe) wait(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-p.ctx.Done():
		return false
	}
}

const (
	// keptLines is how many frames of a direction a result shows.
	keptLines = 8
	// shownText is how many characters of a frame it shows.
	shownText = 200
)

// transcript keeps the newest frames of both directions. It is safe for concurrent use.
type transcript struct {
	mu         sync.Mutex
	sent, came []string
}

func (t *transcript) noteSent(line string) { t.note(&t.sent, line) }
func (t *transcript) noteCame(line string) { t.note(&t.came, line) }

func (t *transcript) note(lines *[]string, line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*lines = append(*lines, line)
	if len(*lines) > keptLines {
		*lines = (*lines)[1:]
	}
}

func (t *transcript) lines() (sent, came []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string{}, t.sent...), append([]string{}, t.came...)
}

// shown is a payload as a result shows it: quoted, unless it is a plain line of text.
func shown(payload []byte) string {
	text := string(payload[:min(len(payload), 4*shownText)])
	if n := len(text); n > 0 && text[n-1] == '\n' && len(payload) == n {
		text = text[:n-1]
	}
	if !isPlain(text) {
		text = fmt.Sprintf("%q", text)
	}
	if utf8.RuneCountInString(text) > shownText {
		text = string([]rune(text)[:shownText]) + "…"
	}
	if len(payload) > shownText {
		text += fmt.Sprintf(" (%d bytes)", len(payload))
	}
	return text
}

func isPlain(text string) bool {
	for _, r := range text {
		if r < ' ' || r == utf8.RuneError || r == 0x7f {
			return false
		}
	}
	return text != ""
}
