package clustered

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"hermod/cluster"
	"hermod/cmd/hermod/internal/access"
)

// taker is a node that asks.
type taker struct {
	bytes.Buffer
	meta  map[string]string
	begun int
	fails bool
}

func (a *taker) Begin(meta map[string]string) error {
	a.meta = meta
	a.begun++
	if a.fails {
		return errors.New("the node has gone")
	}
	return nil
}

// whoAsks tells who asks, and what he may do.
func whoAsks(w http.ResponseWriter, r *http.Request) {
	c := access.CallerOf(r)
	w.Header().Set("X-K", "v")
	if r.URL.Path == "/none" {
		return
	}
	w.WriteHeader(http.StatusAccepted)
	_, err := fmt.Fprintf(w, "%s peer=%t read=%t steer=%t a=%t b=%t %s", c.By(), c.IsPeer(), c.Has(access.Read),
		c.Has(access.Steer), c.Sees("a"), c.Sees("b"), r.Header.Get("Last-Event-ID"))
	if err == nil {
		err = http.NewResponseController(w).Flush()
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
}

func TestAnotherNodeAsksInTheNameOfItsClientAndForNoMore(t *testing.T) {
	h := New(Options{})
	h.Serve(nil, http.HandlerFunc(whoAsks))
	ask := func(meta map[string]string) (*taker, error) {
		w := new(taker)
		meta[":method"], meta[":by"] = "GET", "token:t"
		if meta[":path"] == "" {
			meta[":path"] = "/v1/bots"
		}
		return w, h.answer(t.Context(), cluster.Request{Method: method, Meta: meta}, w)
	}
	for want, meta := range map[string]map[string]string{
		"node:token:t peer=true read=true steer=false a=true b=true ":   {},
		"node:token:t peer=true read=true steer=false a=false b=true ":  {":bots": `["b*"]`},
		"node:token:t peer=true read=true steer=true a=true b=false c7": {":bot": "a", "Last-Event-Id": "c7"},
	} {
		w, err := ask(meta)
		if err != nil || w.String() != want || w.meta[":status"] != "202" || w.meta["X-K"] != "v" || w.begun != 1 {
			t.Errorf("answered %q %v: %v", w.String(), w.meta, err)
		}
	}
	if w, err := ask(map[string]string{":path": "/none"}); err != nil || w.meta[":status"] != "200" || w.begun != 1 {
		t.Errorf("an empty answer is %v: %v", w.meta, err)
	}
	for _, patterns := range []string{"[]", "null", "nonsense", `[1]`} {
		if w, err := ask(map[string]string{":bots": patterns}); err == nil || w.begun > 0 {
			t.Errorf("bots %s are answered %q", patterns, w.String())
		}
	}
	if _, err := ask(map[string]string{":path": "://"}); err == nil {
		t.Error("a request that is none is served")
	}
}

func TestANodeThatDoesNotServeYetSaysSo(t *testing.T) {
	if err := New(Options{}).answer(t.Context(), cluster.Request{Method: method}, new(taker)); err == nil {
		t.Error("it answers")
	}
}

func TestWhoWritesToANodeThatHasGoneIsTold(t *testing.T) {
	a := &answering{to: &taker{fails: true}, header: make(http.Header)}
	if _, err := a.Write([]byte("x")); err == nil || a.FlushError() == nil {
		t.Error("the write succeeds")
	}
}
