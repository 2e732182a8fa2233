package clustered

import (
	"maps"
	"sync"

	json "github.com/goccy/go-json"

	"hermod/cluster/registry"
)

// index finds the bot of a gateway. Only what has changed is read again.
type index struct {
	mu     sync.Mutex
	of     *registry.View
	read   map[string]behind // by bot
	byID   map[string]string
	listed int64 // the revision of the bots that were read
}

// behind is the gateway of a bot; an empty id is none.
type behind struct {
	revision int64
	id       string
}

// bot is the one whose gateway has this id, "" while nothing is known of any bot.
func (x *index) bot(v *registry.View, gateway string) (bot string, known bool) {
	if v == nil {
		return "", true
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.of != v {
		x.take(v)
	}
	bot, known = x.byID[gateway]
	return bot, known
}

// take reads what a view has that the one before had not.
func (x *index) take(v *registry.View) {
	same := x.of != nil && v.BotsRevision == x.listed && len(v.Bots) == len(x.read)
	x.of, x.listed = v, v.BotsRevision
	if same {
		return
	}
	if x.read == nil {
		x.read = make(map[string]behind)
	}
	maps.DeleteFunc(x.read, func(name string, _ behind) bool { _, is := v.Bots[name]; return !is })
	x.byID = make(map[string]string)
	for name, bot := range v.Bots {
		b, known := x.read[name]
		if !known || b.revision != bot.Revision {
			b = behind{revision: bot.Revision, id: gatewayOf(bot.JSON)}
			x.read[name] = b
		}
		if b.id != "" {
			x.byID[b.id] = name
		}
	}
}

// gatewayOf is the id of a desired bot's gateway.
func gatewayOf(text string) string {
	var wanted struct {
		Deliver struct {
			Relay struct {
				ID string `json:"gateway_id"`
			} `json:"relay"`
		} `json:"deliver"`
	}
	_ = json.Unmarshal([]byte(text), &wanted) // who cannot read it does not run it, and says so
	return wanted.Deliver.Relay.ID
}
