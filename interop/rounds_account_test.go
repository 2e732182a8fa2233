//go:build interop

package interop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// account is what the two ends of a round wrote down.
type account struct {
	events, repeats       int               // first arrivals, and further ones
	arrived               map[string]int    // per chat, how many came in order
	begun, died           int               // sends, and those whose gateway was killed before they ended
	open                  map[string]bool   // sends that may end yet
	ended                 map[string]string // per send, its outcome
	ok, failed, ambiguous int
	applied               map[string]int // per send, how often
	violations            []string
}

// readAccount reads both accounts. A last line without an end is left for later.
func readAccount(gateway, applied string) (*account, error) {
	a := &account{arrived: make(map[string]int), open: make(map[string]bool),
		ended: make(map[string]string), applied: make(map[string]int)}
	lines, err := completeLines(gateway)
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		a.take(strings.Fields(line))
	}
	if lines, err = completeLines(applied); err != nil {
		return nil, err
	}
	for _, number := range lines {
		a.applied[number]++
	}
	return a, nil
}

func completeLines(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(text), "\n")
	return lines[:len(lines)-1], nil
}

// progress counts what will not change any more.
func (a *account) progress() int { return a.events + len(a.ended) + a.died }

// take reads a line of the gateway's account.
func (a *account) take(words []string) {
	switch words[0] {
	case "event":
		a.event(words[1], words[2])
	case "start":
		a.died += len(a.open)
		clear(a.open)
	case "begin":
		a.begun++
		a.open[words[1]] = true
	case "end":
		a.end(words[1], words[2])
	case "again":
		a.wrong("send %s was resolved again", words[1])
	default:
		a.wrong("a line of the account is %q", words)
	}
}

// event takes an arrival. First arrivals come in order; what came before may come again at any time.
func (a *account) event(chat, text string) {
	var n int
	if _, err := fmt.Sscan(text, &n); err != nil {
		a.wrong("event %q of %s is no number", text, chat)
	}
	switch next := a.arrived[chat]; {
	case n < next:
		a.repeats++
	case n == next:
		a.events++
		a.arrived[chat]++
	default:
		a.wrong("event %d of %s came before event %d", n, chat, next)
	}
}

func (a *account) end(send, outcome string) {
	if before, ended := a.ended[send]; ended {
		a.wrong("send %s ended as %s and as %s", send, before, outcome)
	}
	a.ended[send] = outcome
	delete(a.open, send)
	switch outcome {
	case "ok":
		a.ok++
	case "ambiguous":
		a.ambiguous++
	default:
		a.failed++
	}
}

// settle judges the sends against what the connector applied, once nothing moves any more.
func (a *account) settle() {
	for send, outcome := range a.ended {
		switch applied := a.applied[send]; {
		case outcome == "failed" && applied > 0:
			a.wrong("send %s was reported as a definite failure, and the connector applied it", send)
		case outcome == "ok" && applied == 0:
			a.wrong("send %s was reported as a success, and the connector did not apply it", send)
		}
	}
	for send, times := range a.applied {
		if times > 1 {
			a.wrong("send %s was applied %d times", send, times)
		}
	}
}

func (a *account) wrong(format string, args ...any) {
	a.violations = append(a.violations, fmt.Sprintf(format, args...))
}
