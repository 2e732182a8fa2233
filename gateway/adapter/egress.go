package adapter

import (
	"slices"
	"strings"
	"sync"

	json "github.com/goccy/go-json"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"hermod/wire"
)

// MaxChats is how many chats an Egress remembers by default.
const MaxChats = 8192

// Envelope is an action and the platform to send it by, "" for the session's default.
type Envelope struct {
	Action   wire.Action
	Platform string
}

// Egress remembers where chats are, so that what is sent to a chat goes by the platform that
// its events came from, with the scope and the user that the connector authorises it by. At
// its bound it forgets the chat that was longest not used; what is sent there goes untagged,
// as to a chat that never was heard of. It is safe for concurrent use.
type Egress struct {
	fronted []string

	mu        sync.Mutex
	platforms *simplelru.LRU[string, string] // by chat id: the last one seen
	addresses *simplelru.LRU[chat, address]
}

type chat struct{ platform, id string }

type address struct{ scopeID, userID string }

// NewEgress returns a memory for a relay of these identities. Chats bounds it; 0 or less is
// MaxChats.
func NewEgress(identities []wire.Identity, chats int) *Egress {
	if chats <= 0 {
		chats = MaxChats
	}
	e := &Egress{}
	for _, identity := range identities {
		e.fronted = append(e.fronted, identity.Platform)
	}
	e.platforms, _ = simplelru.NewLRU[string, string](chats, nil)
	e.addresses, _ = simplelru.NewLRU[chat, address](chats, nil)
	return e
}

// Remember learns from an event's source. Call it for each event before anything is sent to
// its chat, interactions included. What the source does not say stays as it was learnt before.
func (e *Egress) Remember(s *wire.Source) {
	if s.ChatID == "" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	// Kept for long, the strings must not keep the event's whole frame.
	id, platform := strings.Clone(s.ChatID), strings.Clone(s.Platform)
	if platform == "" || platform == wire.RelayPlatform {
		platform, _ = e.platforms.Peek(id)
	} else {
		e.platforms.Add(id, platform)
	}
	where, _ := e.addresses.Peek(chat{platform, id})
	if s.Scope() != "" {
		where.scopeID = strings.Clone(s.Scope())
	}
	if s.UserID != "" {
		where.userID = strings.Clone(s.UserID)
	}
	e.addresses.Add(chat{platform, id}, where)
}

// Address returns an action ready to be sent: with its platform, and with scope_id and
// user_id in its metadata where the chat is known and they are not set. The platform is the
// given one if any, else the one that a follow_up's kind begins with if the relay fronts it,
// else the chat's. The error is a *NotFrontedError when the given one is no identity's.
func (e *Egress) Address(a wire.Action, platform string) (Envelope, error) {
	if platform != "" && !e.fronts(platform) {
		return Envelope{}, &NotFrontedError{Platform: platform, Fronted: e.fronted}
	}
	id := stringField(a, "chat_id")
	if platform == "" && a.Op() == wire.OpFollowUp {
		platform = e.kindPlatform(stringField(a, "kind"))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if platform == "" {
		platform, _ = e.platforms.Get(id)
	}
	where, _ := e.addresses.Get(chat{platform, id})
	return Envelope{Action: withAddress(a, where), Platform: platform}, nil
}

func (e *Egress) fronts(platform string) bool {
	return slices.Contains(e.fronted, platform)
}

// kindPlatform returns the platform that a follow_up's kind begins with, "" if it is not ours.
func (e *Egress) kindPlatform(kind string) string {
	platform, _, _ := strings.Cut(kind, ".")
	if !e.fronts(platform) {
		return ""
	}
	return platform
}

// withAddress completes the metadata. One that is neither an object nor null is the caller's
// own business.
func withAddress(a wire.Action, where address) wire.Action {
	raw, _ := a.Field("metadata")
	var metadata map[string]json.RawMessage
	if where == (address{}) || len(raw) > 0 && json.Unmarshal(raw, &metadata) != nil {
		return a
	}
	completed := map[string]any{}
	for name, value := range metadata {
		completed[name] = value
	}
	for name, value := range map[string]string{"scope_id": where.scopeID, "user_id": where.userID} {
		if value != "" && textOf(metadata[name]) == "" {
			completed[name] = value
		}
	}
	return a.With("metadata", completed)
}
