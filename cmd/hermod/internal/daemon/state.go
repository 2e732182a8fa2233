package daemon

import (
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/store"
)

// openStore opens what outlives the daemon. A state folder that another configuration names later counts from the next
// start on.
func (d *Daemon) openStore(cfg *config.Config) error {
	var err error
	if d.store, err = store.Open(cfg.State, d.log); err != nil {
		return err
	}
	d.store.Limit(limitsOf(cfg.DeadLetters))
	d.ways.KeepIn(d.store)
	if d.store.Durable() {
		d.log.Info("the state is kept", "folder", cfg.State, "dead_letters", d.store.Figures().Letters)
	} else {
		d.log.Warn("no state folder: dead letters, idempotency keys and disabled bots are forgotten when the daemon ends",
			"hint", "name a folder with state in the configuration, or in HERMOD_STATE")
	}
	return nil
}

func limitsOf(d config.DeadLetters) store.Limits {
	return store.Limits{MaxAge: d.MaxAge.Duration, MaxBytes: d.MaxBytes}
}

// closeStore writes what waits. What is asked for afterwards is refused.
func (d *Daemon) closeStore() {
	if err := d.store.Close(); err != nil {
		d.log.Error("the state was not closed well", "err", err)
	}
}
