package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/web"
)

// Reload says what reading the configuration again changed, or would change.
type Reload struct {
	// DryRun says that nothing was changed.
	DryRun bool `json:"dry_run"`
	config.Changes
	// Restart are those of Settings that wait for a restart of the daemon.
	Restart []string `json:"restart"`
	// Notes are remarks about what is allowed, but perhaps not meant.
	Notes []string `json:"notes"`
}

// Reloader reads the configuration again, and applies it unless it is a dry run. The error is a *config.InvalidError,
// the context's, or says why the configuration could not be applied.
type Reloader func(ctx context.Context, dryRun bool) (Reload, error)

// mistake is a config.Problem as clients see it.
type mistake struct {
	Place  string `json:"place"`
	Key    string `json:"key"`
	Wrong  string `json:"wrong"`
	Remedy string `json:"remedy"`
}

func (a *api) reload(w http.ResponseWriter, r *http.Request) error {
	dryRun, err := dryRun(r)
	if err != nil {
		return err
	}
	done, err := a.Reload(r.Context(), dryRun)
	var invalid *config.InvalidError
	switch {
	case err == nil:
		return answer(w, http.StatusOK, done)
	case errors.As(err, &invalid):
		return mistaken(invalid)
	case r.Context().Err() != nil:
		return nil // the client has gone
	}
	return problem.New(http.StatusConflict, "not-applied", "The configuration was not applied", err.Error(),
		"correct it and reload; the bots run on as they were")
}

func dryRun(r *http.Request) (bool, error) {
	asked := r.URL.Query().Get("dry_run")
	if asked == "" {
		return false, nil
	}
	dry, err := strconv.ParseBool(asked)
	if err != nil {
		return false, problem.New(http.StatusBadRequest, "invalid-parameter", "Invalid parameter",
			"dry_run is neither true nor false", "write dry_run=true, or leave it out")
	}
	return dry, nil
}

func mistaken(invalid *config.InvalidError) error {
	p := problem.New(http.StatusUnprocessableEntity, "invalid-configuration", "Mistakes in the configuration",
		"the configuration has mistakes; nothing was changed", "correct what mistakes lists, then reload")
	mistakes := make([]mistake, 0, len(invalid.Problems))
	for _, m := range invalid.Problems {
		mistakes = append(mistakes, mistake{Place: m.At.String(), Key: m.Key, Wrong: m.Wrong, Remedy: m.Remedy})
	}
	p.Mistakes = web.Encode(mistakes)
	return p
}
