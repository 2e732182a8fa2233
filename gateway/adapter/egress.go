package adapter

import (
	"slices"
	"strings"
	"sync"

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
// its events came from, with the scope and the user that the connector authorises it by, and
// with the profile that answers there. At its bound it forgets the chat that was longest not
// used; what is sent there goes untagged, as to a chat that never was heard of. It is safe for
// concurrent use.
type Egress struct {
	fronted []string

	mu        sync.Mutex
	platforms *simplelru.LRU[string, string] // by chat id: the last one seen
	addresses *simplelru.LRU[chat, address]
	hints     map[string]FormatHints // by platform
}

type chat struct{ platform, id string }

type address struct{ scopeID, userID, profile string }

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
	if profile := s.Extras().Profile; profile != "" {
		where.profile = strings.Clone(profile)
	}
	e.addresses.Add(chat{platform, id}, where)
}

// Address returns an action ready to be sent: with its platform, and with scope_id, user_id
// and profile in its metadata where the chat is known and they are not set. The platform is the
// given one if any, else the one that a follow_up's kind begins with if the relay fronts it,
// else the chat's. A follow_up takes its profile from its session key. The profiles main and
// default are not named. The error is a *NotFrontedError when the given platform is no identity's.
func (e *Egress) Address(a wire.Action, platform string) (Envelope, error) {
	if platform != "" {
		named := e.spelling(platform)
		if named == "" {
			return Envelope{}, &NotFrontedError{Platform: platform, Fronted: e.fronted}
		}
		platform = named
	}
	id := stringField(a, "chat_id")
	followsUp := a.Op() == wire.OpFollowUp
	if platform == "" && followsUp {
		kind, _, _ := strings.Cut(stringField(a, "kind"), ".")
		platform = e.spelling(kind)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if platform == "" {
		platform, _ = e.platforms.Get(id)
	}
	where, _ := e.addresses.Get(chat{wire.NormalPlatform(platform), id})
	if named := e.spelling(platform); named != "" {
		platform = named
	}
	if followsUp {
		where.profile = keyProfile(stringField(a, "session_key"))
	}
	return Envelope{Action: withAddress(a, where), Platform: platform}, nil
}

// keyProfile returns the profile that a session key names.
func keyProfile(sessionKey string) string {
	rest, ok := strings.CutPrefix(sessionKey, "agent:")
	profile, _, more := strings.Cut(rest, ":")
	if !ok || !more {
		return ""
	}
	return profile
}

// spelling returns a platform as the relay's identity spells it, "" if it has none there.
func (e *Egress) spelling(platform string) string {
	same := func(name string) bool { return wire.NormalPlatform(name) == wire.NormalPlatform(platform) }
	if i := slices.IndexFunc(e.fronted, same); i >= 0 {
		return e.fronted[i]
	}
	return ""
}
