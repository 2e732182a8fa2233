package workload

import (
	"context"
	"sync/atomic"
)

// chats is how many chats the events of a connection come from, where the scenario does not need many; manyChats is for
// Hang. The chat that hangs is none of them.
const (
	chats     = 8
	manyChats = 32
	hungChat  = "chat-99"
)

// Handler counts events, as the user's handler of every client. Its methods may be called from any goroutine.
type Handler struct {
	counts  [manyChats]counter
	hung    atomic.Bool
	hanging atomic.Int64 // calls that hang
	release chan struct{}
	arrivals
}

// counter has a cache line of its own, so that chats handled on two cores do not share one.
type counter struct {
	atomic.Uint64
	_ [56]byte
}

func newHandler() *Handler { return &Handler{release: make(chan struct{})} }

// Event handles an event.
func (h *Handler) Event(e *Event) { h.Chat(context.Background(), e.Source.ChatID) }

// Chat handles an event of a chat. The one that hangs waits for the end of the run, or of ctx.
func (h *Handler) Chat(ctx context.Context, chat string) {
	if chat == hungChat {
		if h.hung.Load() {
			h.hanging.Add(1)
			select {
			case <-h.release:
			case <-ctx.Done():
			}
		}
		return
	}
	if len(chat) == stampDigits {
		h.note(chat)
		return
	}
	h.count(chat, 1)
}

func (h *Handler) count(chat string, n uint64) {
	at := 0
	if len(chat) > 1 {
		at = int(chat[len(chat)-2]-'0')*10 + int(chat[len(chat)-1]-'0')
	}
	h.counts[uint(at)%manyChats].Add(n)
}

// total is how many events were handled, without the hanging chat's.
func (h *Handler) total() uint64 {
	var sum uint64
	for i := range h.counts {
		sum += h.counts[i].Load()
	}
	return sum
}
