package demo

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// story is what happened, in words. Its methods are safe for concurrent use.
type story struct {
	mu    sync.Mutex
	lines []line
	told  int
}

// line is one event of the story. Lines are numbered from 1.
type line struct {
	number int
	at     time.Time
	text   string
}

// maxLines bounds what is kept of the story.
const maxLines = 100

func (s *story) tell(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told++
	s.lines = append(s.lines, line{s.told, time.Now(), fmt.Sprintf(format, args...)})
	if len(s.lines) > maxLines {
		s.lines = slices.Delete(s.lines, 0, 1)
	}
}

// all returns a copy of what is kept, oldest first.
func (s *story) all() []line {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines)
}
