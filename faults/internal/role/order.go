package role

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"
)

// Order is what a handler does with an event, in JSON as the event's text.
type Order struct {
	// Fail is how many tries fail before one succeeds; -1 is all of them.
	Fail int `json:"fail,omitempty"`
	// Panic has those that fail panic, where handlers can.
	Panic bool `json:"panic,omitempty"`
	// Slow is how long a try takes, in milliseconds.
	Slow int `json:"slow,omitempty"`
}

// Always fails at every try.
const Always = -1

// Command is what the platform does with an action, in JSON as the action's content.
type Command struct {
	// ID is the request's.
	ID string `json:"id"`
	// Before and After are how long it takes until the action is applied, and answered, in milliseconds.
	Before int `json:"before,omitempty"`
	After  int `json:"after,omitempty"`
	// Mute has it applied and never answered.
	Mute bool `json:"mute,omitempty"`
}

var errOrdered = errors.New("the event says that this try fails")

// orders carries out what events say, and counts the tries of each in this life of the process.
type orders struct {
	mu    sync.Mutex
	tries map[string]int
}

// carryOut takes its time, and fails as told.
func (o *orders) carryOut(id, text string) (fails, panics bool) {
	var order Order
	if !strings.HasPrefix(text, "{") || json.Unmarshal([]byte(text), &order) != nil {
		return false, false
	}
	if order.Slow > 0 {
		<-time.After(time.Duration(order.Slow) * time.Millisecond)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.tries == nil {
		o.tries = make(map[string]int)
	}
	o.tries[id]++
	return order.Fail == Always || o.tries[id] <= order.Fail, order.Panic
}
