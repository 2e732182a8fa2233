package api

import (
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
)

// Daemon tells how the daemon is.
type Daemon struct {
	Version string `json:"version"`
	// Ready and Stopping are what /readyz answers by.
	Ready    bool `json:"ready"`
	Stopping bool `json:"stopping"`
	// ConfigError says why the last reload changed nothing; "" when it did not fail.
	ConfigError string `json:"config_error"`
	// Bots counts the bots by their platform state.
	Bots map[string]int `json:"bots"`
	// DeadLetters counts those that are kept.
	DeadLetters int `json:"dead_letters"`
	// StateKept says that dead letters, idempotency keys and disabled bots outlive the daemon.
	StateKept bool `json:"state_kept"`
	// Node is the daemon's name in a cluster, "" without one; Nodes are all of it.
	Node  string `json:"node,omitempty"`
	Nodes []Node `json:"nodes,omitempty"`
}

// Bot is a bot as clients see it. Strings that are not there are left out; numbers and booleans never are.
type Bot struct {
	Name string `json:"name"`
	// Node runs the bot in a cluster, by a claim of that Epoch; "" and 0 without one, and while no node does.
	Node          string            `json:"node,omitempty"`
	Epoch         int64             `json:"epoch,omitempty"`
	Identities    []config.Identity `json:"identities"`
	Deliver       string            `json:"deliver"`
	State         actors.State      `json:"state"`
	PlatformState string            `json:"platform_state"`
	Cause         fleet.Cause       `json:"cause,omitempty"`
	Since         string            `json:"since,omitempty"`
	Attempt       int               `json:"attempt"`
	NextDial      string            `json:"next_dial,omitempty"`
	CloseCode     int               `json:"close_code,omitempty"`
	CloseReason   string            `json:"close_reason,omitempty"`
	Error         string            `json:"error,omitempty"`
	Hint          string            `json:"hint,omitempty"`
	Generation    uint64            `json:"generation"`
	Handshakes    uint64            `json:"handshakes"`
	Starts        uint64            `json:"starts"`
	Pending       int               `json:"pending"`
	Queued        int               `json:"queued"`
	QueuedBytes   int               `json:"queued_bytes"`
	Held          bool              `json:"held"`
	PausedSince   string            `json:"paused_since,omitempty"`
	Asleep        bool              `json:"asleep"`
	ClockSkew     float64           `json:"clock_skew"`
	Stuck         *Stuck            `json:"stuck,omitempty"`
	Delivery      DeliveryHealth    `json:"delivery"`
	Counters      Counters          `json:"counters"`
}

// Stuck is the oldest delivery that nobody took.
type Stuck struct {
	BufferID   string `json:"buffer_id"`
	SessionKey string `json:"session_key"`
	Error      string `json:"error"`
	Since      string `json:"since"`
}

// DeliveryHealth is how what takes the bot's deliveries is. Error, Hint and Since are left out while it works.
type DeliveryHealth struct {
	State fleet.DeliveryState `json:"state"`
	Error string              `json:"error,omitempty"`
	Hint  string              `json:"hint,omitempty"`
	Since string              `json:"since,omitempty"`
	// Failures, NextProbe and Oldest are those of fleet.Health.
	Failures  int    `json:"failures"`
	NextProbe string `json:"next_probe,omitempty"`
	Oldest    string `json:"oldest,omitempty"`
	// Restarts and DroppedLines are those of fleet.Health.
	Restarts     uint64 `json:"restarts"`
	DroppedLines uint64 `json:"dropped_lines"`
	// Gateway is that of a bot that is delivered by relay.
	Gateway *GatewayLink `json:"gateway,omitempty"`
}

// GatewayLink is how the link to a gateway behind Hermod is.
type GatewayLink struct {
	Connected   bool   `json:"connected"`
	Idle        bool   `json:"idle"`
	AbsentSince string `json:"absent_since,omitempty"`
	Kept        int    `json:"kept"`
	KeptBytes   int    `json:"kept_bytes"`
}

// Counters count since the bot's last start.
type Counters = actors.Counters

// botOf shows a bot of this daemon at one moment.
func (a *api) botOf(b *fleet.Bot, s fleet.Status) Bot {
	bot := Bot{
		Name: b.Name(), Identities: []config.Identity{},
		State: s.State, PlatformState: s.PlatformState, Cause: s.Cause, Since: moment(s.Since),
		Attempt: s.Attempt, NextDial: moment(s.NextDial), CloseCode: s.CloseCode, CloseReason: s.CloseReason,
		Error: s.LastError, Hint: s.Hint, Generation: s.Generation, Handshakes: s.Handshakes, Starts: s.Starts,
		Pending: s.Pending, Queued: s.Queued, QueuedBytes: s.QueuedBytes, Held: s.Held, Asleep: s.Asleep,
		PausedSince: moment(s.Paused),
		ClockSkew:   s.Skew.Seconds(),
		Delivery:    deliveryOf(s),
		Counters:    s.Counters,
	}
	if s.Stuck != nil {
		bot.Stuck = &Stuck{BufferID: s.Stuck.BufferID, SessionKey: s.Stuck.SessionKey, Error: s.Stuck.Err,
			Since: moment(s.Stuck.Since)}
	}
	if a.Cluster != nil {
		bot.Node, bot.Epoch = a.Cluster.Self(), a.Cluster.Epoch(b.Name())
	}
	if cfg := b.Config(); cfg != nil {
		bot.Identities, bot.Deliver = cfg.Identities, cfg.Deliver.Kind()
	}
	return bot
}

func deliveryOf(s fleet.Status) DeliveryHealth {
	h := s.Delivery()
	health := DeliveryHealth{State: s.DeliveryState(), Error: h.Err, Hint: h.Hint, Since: moment(h.Since),
		Failures: h.Failures, NextProbe: moment(h.NextProbe), Oldest: moment(h.Oldest),
		Restarts: h.Restarts, DroppedLines: h.DroppedLines}
	if g := h.Gateway; g != nil {
		health.Gateway = &GatewayLink{Connected: g.Connected, Idle: g.Idle, AbsentSince: moment(g.Absent), Kept: g.Kept,
			KeptBytes: g.KeptBytes}
	}
	return health
}

// moment is a time as clients read it, "" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}
