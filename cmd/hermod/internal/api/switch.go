package api

import (
	"context"
	"net/http"
	"time"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/problem"
)

// orderTime bounds the wait for the cluster's store.
const orderTime = 10 * time.Second

// disable switches a bot off. In a cluster that is in its store before it is answered, so that it holds whichever node
// has the bot by then; that node ends it when it learns of it.
func (a *api) disable(w http.ResponseWriter, r *http.Request) error {
	there, err := a.switchEverywhere(r, true)
	switch {
	case err != nil:
		return err
	case there:
		off := Place{Disabled: true}
		return answer(w, http.StatusAccepted, placed(a.Cluster, r.PathValue("bot"), off, stateOf(off, false)))
	}
	return a.ofBot(a.lasting((*fleet.Bot).Disable))(w, r)
}

// enable switches a bot on again, or has one start anew that ended. In a cluster its store knows first, so that some
// node has the bot and can answer.
func (a *api) enable(w http.ResponseWriter, r *http.Request) error {
	if _, err := a.switchEverywhere(r, false); err != nil {
		return err
	}
	return a.ofBot(a.lasting((*fleet.Bot).Enable))(w, r)
}

// switchEverywhere tells the cluster's store of an operator's order; false without a cluster that knows the bot.
func (a *api) switchEverywhere(r *http.Request, off bool) (there bool, err error) {
	if a.Cluster == nil {
		return false, nil
	}
	name, m := r.PathValue("bot"), a.Cluster.Map()
	if m == nil {
		return false, nil
	}
	if _, known := m.Places[name]; !known {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), orderTime)
	defer cancel()
	if err := a.Cluster.SetDisabled(ctx, name, off); err != nil {
		return false, problem.New(http.StatusServiceUnavailable, "cluster-unreachable", "The cluster's store does not answer",
			err.Error(), "it is not known whether the bot was switched: try again")
	}
	return true, nil
}
