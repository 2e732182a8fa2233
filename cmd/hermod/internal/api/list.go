package api

import (
	"bufio"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/web"
)

// How many bots a page has.
const (
	defaultPage = 500
	maxPage     = 1000
)

// list answers with a page of the bots. Each is asked and encoded when there is room for it on the connection: a client
// that does not read holds one buffer, however long the page is.
func (a *api) list(w http.ResponseWriter, r *http.Request) error {
	limit, err := pageSize(r)
	if err != nil {
		return err
	}
	caller, cursor := access.CallerOf(r), r.URL.Query().Get("cursor")
	if caller.IsPeer() {
		return a.listLines(w, r, limit)
	}
	w.Header().Set("Content-Type", web.JSONType)
	w.Header().Set("Cache-Control", "no-store")
	out := bufio.NewWriterSize(w, streamBuffer)
	_, _ = out.WriteString(`{"bots":[`)
	var next string
	if m, everywhere := a.everywhere(caller); everywhere {
		next, err = a.listAll(out, r, m, cursor, limit)
	} else {
		next, err = a.listHere(out, caller, cursor, limit)
	}
	if err != nil {
		return nil // the client has gone, or does not read
	}
	_ = out.WriteByte(']')
	if next != "" {
		_, _ = out.WriteString(`,"next":` + string(web.Encode(next)))
	}
	_, _ = out.WriteString("}\n")
	_ = out.Flush()
	return nil
}

// listHere writes the bots of a page that run here.
func (a *api) listHere(out *bufio.Writer, caller *access.Caller, cursor string, limit int) (next string, err error) {
	page, next := pageOf(a.visible(caller), cursor, limit)
	for i, b := range page {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		if _, err := out.Write(web.Encode(a.botOf(b, b.Status()))); err != nil {
			return "", err
		}
	}
	return next, nil
}

// pageSize is how many bots the client wants at most.
func pageSize(r *http.Request) (int, error) {
	asked := r.URL.Query().Get("limit")
	if asked == "" {
		return defaultPage, nil
	}
	limit, err := strconv.Atoi(asked)
	if err != nil || limit < 1 || limit > maxPage {
		return 0, problem.New(http.StatusBadRequest, "invalid-limit", "Invalid limit",
			fmt.Sprintf("limit is not a number from 1 to %d", maxPage), "leave it out, and follow next for more bots")
	}
	return limit, nil
}

// pageOf is the part of all, which are sorted by name, that follows a cursor, with the cursor of the next page: the
// name of the last bot, "" where no more follow. A bot that leaves in between hides none of the others.
func pageOf(all []*fleet.Bot, cursor string, limit int) (page []*fleet.Bot, next string) {
	first, found := slices.BinarySearchFunc(all, cursor, func(b *fleet.Bot, name string) int {
		return strings.Compare(b.Name(), name)
	})
	if found {
		first++
	}
	page = all[first:]
	if len(page) > limit {
		page = page[:limit:limit]
		next = page[limit-1].Name()
	}
	return page, next
}
