package connector

import (
	"errors"
	"fmt"
	"net/http"
)

// asideAPI serves what is set aside.
func (c *Connector) asideAPI(mux *http.ServeMux, post func(path string, do postFunc)) {
	mux.HandleFunc("/dev/set-aside", func(w http.ResponseWriter, r *http.Request) {
		if allow(w, r, http.MethodGet) {
			c.listSetAside(w, r.URL.Query().Get("gateway"))
		}
	})
	mux.HandleFunc("/dev/set-aside/{id}", func(w http.ResponseWriter, r *http.Request) {
		if !allow(w, r, http.MethodGet) {
			return
		}
		payload, err := c.SetAsidePayload(r.URL.Query().Get("gateway"), r.PathValue("id"))
		if err != nil {
			writeFailure(w, err)
			return
		}
		writeJSON(w, http.StatusOK, payload)
	})
	post("/dev/set-aside/replay", func(_ *http.Request, b *request) (any, error) { return c.eachSetAside(b, c.Replay) })
	post("/dev/set-aside/discard", func(_ *http.Request, b *request) (any, error) { return c.eachSetAside(b, c.Discard) })
}

// listSetAside answers with what is set aside for one gateway, or for all.
func (c *Connector) listSetAside(w http.ResponseWriter, gateway string) {
	ids := []string{gateway}
	if gateway == "" {
		ids = nil
		for _, g := range c.all() {
			ids = append(ids, g.id)
		}
	}
	all := make(map[string][]SetAside)
	for _, id := range ids {
		list, err := c.SetAside(id)
		if err != nil {
			writeFailure(w, err)
			return
		}
		if len(list) > 0 {
			all[id] = list
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"gateways": all})
}

// eachSetAside does it with the delivery that the request names, or with all; those that fail stay set aside.
func (c *Connector) eachSetAside(b *request, do func(gateway, bufferID string) error) (any, error) {
	if !b.All {
		if b.BufferID == "" {
			return nil, fmt.Errorf(`%w: "bufferId" is missing; name one, or set "all" to true`, errBadRequest)
		}
		return okAnswer(do(b.Gateway, b.BufferID))
	}
	list, err := c.SetAside(b.Gateway)
	for _, s := range list {
		err = errors.Join(err, do(b.Gateway, s.BufferID))
	}
	return okAnswer(err)
}
