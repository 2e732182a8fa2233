package access

import (
	"net/http"
	"slices"
)

// maxShown bounds what the log shows of a path, in bytes.
const maxShown = 200

// audited says which calls get a line each: those that change what bots do, and those for the owner only.
func audited(role Role, r *http.Request) bool {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	return role == Admin || role == Steer && !reads
}

// audit writes who did what to which bot, from where, and what came of it.
func (c *Control) audit(r *http.Request, status int) {
	log := c.log
	if bot := r.PathValue("bot"); bot != "" {
		log = log.With("bot", short(bot))
	}
	log.Info("call", "by", CallerOf(r).By(), "from", fromOf(r), "method", fold(r.Method), "path", short(r.URL.Path),
		"status", status)
}

// fold keeps a method that nobody knows out of the log.
func fold(method string) string {
	if slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions}, method) {
		return method
	}
	return "other"
}

func short(text string) string { return text[:min(len(text), maxShown)] }

// outcome notes the status of an answer.
type outcome struct {
	http.ResponseWriter
	status int
	begun  bool
}

// WriteHeader notes the first final status.
func (o *outcome) WriteHeader(status int) {
	if !o.begun && status >= http.StatusOK {
		o.status, o.begun = status, true
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write is an answer of 200 when no other status came before.
func (o *outcome) Write(p []byte) (int, error) {
	o.begun = true
	return o.ResponseWriter.Write(p)
}

// Unwrap implements what http.ResponseController asks for.
func (o *outcome) Unwrap() http.ResponseWriter { return o.ResponseWriter }
