package daemon

import (
	"net/http"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/gateway/boot"
	"hermod/wire"
)

// wakePath is where connectors wake bots that sleep: /wake?relay=NAME, or all of them.
const wakePath = "/wake"

func (d *Daemon) wakeHandler() http.Handler {
	return boot.WakeHandler(boot.WakeConfig{
		Wake: boot.WakeRelays(func() []sleeper {
			var all []sleeper
			for _, bot := range d.fleet.Bots() {
				all = append(all, sleeper{bot})
			}
			return all
		}),
		Keys: d.deliveryKeys,
	})
}

// deliveryKeys are those by which any bot's connector signs.
func (d *Daemon) deliveryKeys() []wire.Secret {
	var keys []wire.Secret
	for _, bot := range d.fleet.Bots() {
		if cfg := bot.Config(); cfg != nil && cfg.DeliveryKey != "" {
			keys = append(keys, cfg.DeliveryKey)
		}
	}
	return keys
}

// sleeper is a bot as the wake endpoint knows it.
type sleeper struct{ *fleet.Bot }

// Status returns the relay's part.
func (s sleeper) Status() actors.Status { return s.Bot.Status().Status }
