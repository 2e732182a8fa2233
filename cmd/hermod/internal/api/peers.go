package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/web"
)

const (
	// nodePatience is how long one answer waits for one node, in all.
	nodePatience = 2 * time.Second
	// maxRow bounds a bot as a node shows it, in bytes.
	maxRow = 1 << 20
	// readAhead is how many rows of a node may wait to be shown.
	readAhead = 16
)

// listLines is what another node gets for the path of rowsPath: a bot on each line, up to the one that the query names.
func (a *api) listLines(w http.ResponseWriter, r *http.Request, limit int) error {
	page, _ := pageOf(a.visible(access.CallerOf(r)), r.URL.Query().Get("cursor"), limit)
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := bufio.NewWriterSize(w, streamBuffer)
	for _, b := range page {
		if b.Name() > r.URL.Query().Get("until") {
			break
		}
		if _, err := out.Write(append(web.Encode(a.botOf(b, b.Status())), '\n')); err != nil {
			return nil // the node has gone
		}
	}
	_ = out.Flush()
	return nil
}

func rowsPath(cursor, until string) string {
	return "/v1/bots?" + url.Values{"cursor": {cursor}, "until": {until}, "limit": {strconv.Itoa(maxPage)}}.Encode()
}

// row is a bot as a node shows it, or why there are no more.
type row struct {
	name string
	json []byte
	err  error // io.EOF after the last one
}

// rows are those of one node, by name. A goroutine reads them until its context ends.
type rows struct {
	from   chan row
	head   *row
	budget time.Duration // that is left to wait
	silent bool
}

func (a *api) rowsOf(ctx context.Context, node, path string, client *access.Caller) *rows {
	r := &rows{from: make(chan row, readAhead), budget: nodePatience}
	go func() {
		defer close(r.from)
		r.read(ctx, func() (io.ReadCloser, error) { return a.Cluster.Ask(ctx, node, path, client) })
	}()
	return r
}

func (r *rows) read(ctx context.Context, ask func() (io.ReadCloser, error)) {
	tell := func(found row) bool {
		select {
		case r.from <- found:
			return true
		case <-ctx.Done():
			return false
		}
	}
	body, err := ask()
	if err != nil {
		tell(row{err: err})
		return
	}
	defer func() { _ = body.Close() }()
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxRow)
	for lines.Scan() {
		found := row{json: append([]byte(nil), lines.Bytes()...)}
		var b struct{ Name string }
		if found.err = json.Unmarshal(found.json, &b); found.err != nil {
			tell(found)
			return
		}
		if found.name = b.Name; !tell(found) {
			return
		}
	}
	if err = lines.Err(); err == nil {
		err = io.EOF
	}
	tell(row{err: err})
}

// of returns the node's row of a bot; names are asked for in their order. It is nil when the node has none, and silent
// says that the node did not say so.
func (r *rows) of(name string) (found []byte, silent bool) {
	for !r.silent {
		if r.head == nil && !r.next() {
			break
		}
		switch {
		case r.head.err != nil || r.head.name > name:
			return nil, false
		case r.head.name == name:
			found, r.head = r.head.json, nil
			return found, false
		}
		r.head = nil // it has a bot that it is not to have any more
	}
	return nil, true
}

// next waits for a row as long as the node may still take.
func (r *rows) next() bool {
	begun := time.Now()
	limit := time.NewTimer(r.budget)
	defer limit.Stop()
	select {
	case found, more := <-r.from:
		r.budget -= time.Since(begun)
		r.head = &found
		r.silent = !more || found.err != nil && !errors.Is(found.err, io.EOF)
	case <-limit.C:
		r.silent = true
	}
	return !r.silent
}

// answered returns the whole of a node's short answer.
func answered(body io.ReadCloser, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	return io.ReadAll(io.LimitReader(body, maxRow))
}

// isProblem says whether a node has answered, though not with what it was asked for.
func isProblem(err error) bool {
	return errors.As(err, new(*problem.Problem))
}
