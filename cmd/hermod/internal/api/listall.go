package api

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"slices"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/web"
)

// listAll writes the bots of a page, wherever they are. Every node is asked at once for its share, and what it says is
// written as the client takes it: a few rows of each node wait meanwhile. A node that does not answer in time costs two
// seconds once, and its bots are shown as unknown.
func (a *api) listAll(out *bufio.Writer, r *http.Request, m *Map, cursor string, limit int) (next string,
	err error) {
	caller := access.CallerOf(r)
	page, next := namesOf(m, caller, cursor, limit)
	ctx, cancel := context.WithCancel(r.Context())
	others := a.askAll(ctx, m, page, cursor, caller)
	defer func() {
		cancel()
		for _, rows := range others {
			for range rows.from { // until its goroutine has ended
			}
		}
	}()
	for i, name := range page {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		if _, err := out.Write(a.rowOf(name, m.Places[name], others)); err != nil {
			return "", err
		}
	}
	return next, nil
}

// namesOf is the page of the names that a client sees which follows a cursor.
func namesOf(m *Map, c *access.Caller, cursor string, limit int) (page []string, next string) {
	first, found := slices.BinarySearch(m.Names, cursor)
	if found {
		first++
	}
	for _, name := range m.Names[first:] {
		if !c.Sees(name) {
			continue
		}
		if len(page) == limit {
			return page, page[limit-1]
		}
		page = append(page, name)
	}
	return page, ""
}

// askAll asks the other nodes that have bots of a page.
func (a *api) askAll(ctx context.Context, m *Map, page []string, cursor string, c *access.Caller) map[string]*rows {
	others := make(map[string]*rows)
	for _, name := range page {
		node := m.Places[name].Node
		if node == "" || node == a.Cluster.Self() || others[node] != nil {
			continue
		}
		others[node] = a.rowsOf(ctx, node, rowsPath(cursor, page[len(page)-1]), c)
	}
	return others
}

// rowOf is a bot as its node shows it.
func (a *api) rowOf(name string, p Place, others map[string]*rows) []byte {
	silent := false
	if rows := others[p.Node]; rows != nil {
		var found []byte
		if found, silent = rows.of(name); found != nil {
			return found
		}
	} else if b, here := a.Fleet.Bot(name); here {
		return web.Encode(a.botOf(b, b.Status()))
	}
	return web.Encode(placed(a.Cluster, name, p, stateOf(p, silent)))
}

// showAny shows a bot wherever it is.
func (a *api) showAny(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("bot")
	m, everywhere := a.everywhere(access.CallerOf(r))
	if _, here := a.Fleet.Bot(name); !everywhere || here {
		return a.ofBot(a.show)(w, r)
	}
	p, known := m.Places[name]
	if !known {
		return noBot()
	}
	if p.Node == "" || p.Node == a.Cluster.Self() {
		return answer(w, http.StatusOK, placed(a.Cluster, name, p, stateOf(p, false)))
	}
	ctx, cancel := context.WithTimeout(r.Context(), nodePatience)
	defer cancel()
	shown, err := answered(a.Cluster.Ask(ctx, p.Node, "/v1/bots/"+url.PathEscape(name), access.CallerOf(r)))
	if err != nil {
		return answer(w, http.StatusOK, placed(a.Cluster, name, p, stateOf(p, !isProblem(err))))
	}
	web.Send(w, http.StatusOK, web.JSONType, shown)
	return nil
}
