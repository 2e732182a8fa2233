package api

import (
	"net/http"

	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/web"
)

// outcome is what became of an action: a result, or a problem.
type outcome struct {
	body    []byte // the result
	problem *problem.Problem
	// settled says that carrying the action out once more could apply it twice.
	settled bool
}

func (o outcome) send(w http.ResponseWriter) {
	if o.problem != nil {
		o.problem.ServeHTTP(w, nil)
		return
	}
	web.Send(w, http.StatusOK, web.JSONType, o.body)
}

// size is what the outcome takes of the memory for outcomes, in bytes.
func (o outcome) size() int {
	if o.problem != nil {
		return len(o.problem.Detail) + len(o.problem.Result)
	}
	return len(o.body)
}
