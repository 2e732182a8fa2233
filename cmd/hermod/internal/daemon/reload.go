package daemon

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/config"
)

// reload reads the configuration again and applies it; one with mistakes changes nothing. taken may be nil; it is told
// what changes before the server's clients lose their connections to a change of http.
func (d *Daemon) reload(why string, taken func(api.Reload)) (api.Reload, error) {
	d.log.Info("reading the configuration again", "why", why)
	d.service.reloading()
	defer d.service.ready()
	var done api.Reload
	cfg, err := d.readConfig()
	if err == nil {
		cfg.Reuse(d.current.Load())
		done = d.plan(cfg)
		err = d.apply(cfg, func() {
			if taken != nil && slices.ContainsFunc(done.Settings, isHTTP) {
				taken(done)
			}
		})
	}
	d.health.reloaded(err)
	var invalid *config.InvalidError
	switch {
	case errors.As(err, &invalid):
		d.followMistaken(invalid)
		for _, problem := range invalid.Problems {
			d.log.Error("mistake in the configuration", "problem", problem.String())
		}
		d.log.Error("the configuration was not applied; the bots run on as they were", "mistakes", len(invalid.Problems))
	case err != nil:
		d.log.Error("the configuration was not applied; the bots run on as they were", "err", err)
	}
	return done, err
}

// readConfig reads the configuration beside what runs.
func (d *Daemon) readConfig() (*config.Config, error) {
	defer collecting.read()()
	cfg, err := config.Load(d.opts.Path, d.opts.Environ)
	if err != nil {
		return nil, err
	}
	return d.withOwned(cfg)
}

// followMistaken has the files watched that a refused configuration names, too: the mistake may be in one that is new.
func (d *Daemon) followMistaken(invalid *config.InvalidError) {
	files := maps.Clone(invalid.Files)
	for path, sum := range d.current.Load().Files {
		if _, read := files[path]; !read && files != nil {
			files[path] = sum
		}
	}
	if files != nil {
		d.files.follow(files)
	}
}

func isHTTP(key string) bool { return strings.HasPrefix(key, "http.") }

// plan says what a configuration would change of the one in force.
func (d *Daemon) plan(cfg *config.Config) api.Reload {
	changes := config.Compare(d.current.Load(), cfg)
	return api.Reload{Changes: changes, Restart: restartKeys(changes.Settings), Notes: append([]string{}, cfg.Notes...)}
}

// restartKeys are those keys whose change waits for a restart of the daemon. Of state, credentials do not wait.
func restartKeys(changed []string) []string {
	waiting := []string{}
	for _, key := range changed {
		if key == "log.format" || key == "start.max_dials" || key == "state" || strings.HasPrefix(key, "tracing") {
			waiting = append(waiting, key)
		}
	}
	return waiting
}

// reloadRequest is a client of the API that waits for a reload. The channel takes one answer.
type reloadRequest struct{ reply chan<- reloaded }

type reloaded struct {
	done api.Reload
	err  error
}

// dryRun touches nothing of the daemon, so it runs on the caller's goroutine, one at a time.
func (d *Daemon) dryRun(ctx context.Context) (api.Reload, error) {
	select {
	case d.dryRuns <- struct{}{}:
		defer func() { <-d.dryRuns }()
	case <-ctx.Done():
		return api.Reload{}, ctx.Err()
	}
	cfg, err := d.readConfig()
	if err != nil {
		return api.Reload{}, err
	}
	plan := d.plan(cfg)
	plan.DryRun = true
	return plan, nil
}

// askReload implements api.Reloader.
func (d *Daemon) askReload(ctx context.Context, dryRun bool) (api.Reload, error) {
	if dryRun {
		return d.dryRun(ctx)
	}
	reply := make(chan reloaded, 1)
	select {
	case d.reloads <- reloadRequest{reply}:
	case <-ctx.Done():
		return api.Reload{}, ctx.Err()
	}
	select {
	case answer := <-reply:
		return answer.done, answer.err
	case <-ctx.Done():
	}
	select {
	case answer := <-reply: // before the server left its clients
		return answer.done, answer.err
	default:
		return api.Reload{}, ctx.Err()
	}
}

// reloadFor reloads once for all who ask by now.
func (d *Daemon) reloadFor(first reloadRequest) {
	all := []reloadRequest{first}
	for more := true; more; {
		select {
		case next := <-d.reloads:
			all = append(all, next)
		default:
			more = false
		}
	}
	answer := func(r reloaded) {
		for _, request := range all {
			request.reply <- r
		}
		all = nil
	}
	done, err := d.reload("the API asked for it", func(plan api.Reload) { answer(reloaded{done: plan}) })
	answer(reloaded{done, err})
}
