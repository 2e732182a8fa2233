package daemon

import (
	"errors"

	"hermod/cmd/hermod/internal/config"
)

// reload reads the configuration again and applies it; one with mistakes changes nothing.
func (d *Daemon) reload(why string) {
	d.log.Info("reading the configuration again", "why", why)
	d.service.reloading()
	defer d.service.ready()
	cfg, err := config.Load(d.opts.Path, d.opts.Environ)
	if err == nil {
		err = d.apply(cfg)
	}
	d.health.reloaded(err)
	var invalid *config.InvalidError
	switch {
	case errors.As(err, &invalid):
		for _, problem := range invalid.Problems {
			d.log.Error("mistake in the configuration", "problem", problem.String())
		}
		d.log.Error("the configuration was not applied; the bots run on as they were", "mistakes", len(invalid.Problems))
	case err != nil:
		d.log.Error("the configuration was not applied; the bots run on as they were", "err", err)
	}
}
