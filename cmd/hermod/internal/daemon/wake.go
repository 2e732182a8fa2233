package daemon

import (
	"net/http"

	"hermod/actors"
	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/gateway/boot"
	"hermod/wire"
)

// wakePath is where connectors wake bots that sleep: /wake?relay=NAME, or all of them.
const wakePath = "/wake"

// wakeHandler takes signed calls from whomever, and others from clients that may steer the bot: anyone, where the API
// asks for no token.
func (d *Daemon) wakeHandler() http.Handler {
	wake := boot.WakeHandler(boot.WakeConfig{Wake: d.wake, Keys: d.deliveryKeys})
	steering := d.control.Route(access.Need{Role: access.Steer}, wake)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if boot.IsSignedWake(r) {
			wake.ServeHTTP(w, r)
			return
		}
		r.SetPathValue("bot", r.URL.Query().Get("relay"))
		steering.ServeHTTP(w, r)
	})
}

// wake wakes the bots that a call names; of a signed call those of its key only: each connector wakes its own. An
// unsigned one, which is what connectors send, wakes what sleeps.
func (d *Daemon) wake(call boot.WakeCall) bool {
	return boot.WakeRelays(func() (mine []sleeper) {
		for _, bot := range d.sleepers(call.Relay) {
			if call.Key == "" || keyOf(bot.Bot) == call.Key {
				mine = append(mine, bot)
			}
		}
		return mine
	})(call)
}

// deliveryKeys are those by which the connector of a bot signs, or of any bot if none is named.
func (d *Daemon) deliveryKeys(name string) (keys []wire.Secret) {
	for _, bot := range d.sleepers(name) {
		if key := keyOf(bot.Bot); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

func keyOf(bot *fleet.Bot) wire.Secret {
	if cfg := bot.Config(); cfg != nil {
		return cfg.DeliveryKey
	}
	return ""
}

// sleepers are the bot of that name, or all bots for "".
func (d *Daemon) sleepers(name string) (found []sleeper) {
	if name != "" {
		if bot, ok := d.fleet.Bot(name); ok {
			found = append(found, sleeper{bot})
		}
		return found
	}
	for _, bot := range d.fleet.Bots() {
		found = append(found, sleeper{bot})
	}
	return found
}

// sleeper is a bot as the wake endpoint knows it.
type sleeper struct{ *fleet.Bot }

// Status returns the relay's part.
func (s sleeper) Status() actors.Status { return s.Bot.Status().Status }
