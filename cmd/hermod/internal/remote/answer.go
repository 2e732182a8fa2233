package remote

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/web"
)

// Exit codes besides those of package cli.
const (
	// ExitUnreachable: no daemon answers at the URL.
	ExitUnreachable = 3
	// ExitRefused: the daemon wants another token, or one that may do more.
	ExitRefused = 4
	// ExitUnknown: the daemon has no such bot, or no such thing.
	ExitUnknown = 5
)

// maxAnswer bounds an answer in bytes; a page of 1,000 bots has less than a megabyte.
const maxAnswer = 64 << 20

// Read takes what a method of the API returned and decodes the answer's body; an empty one leaves the value zero. The
// error is a *cli.ExitError that says what to do; errors.As finds the daemon's *problem.Problem in it.
func Read[T any](answer *http.Response, err error) (value T, _ error) {
	if err != nil {
		return value, unreachable(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return value, unreachable(err)
	}
	if answer.StatusCode/100 != 2 {
		return value, refusal(answer, body)
	}
	if len(body) == 0 {
		return value, nil
	}
	if err := json.Unmarshal(body, &value); err != nil {
		return value, noDaemon("its answer is not what a daemon of this version gives")
	}
	return value, nil
}

func unreachable(err error) error {
	return &cli.ExitError{Code: ExitUnreachable,
		Err: fmt.Errorf("the daemon does not answer: %w; start it with 'hermod run', or name it with --url", web.WithoutURL(err))}
}

func noDaemon(why string) error {
	return &cli.ExitError{Code: ExitUnreachable, Err: fmt.Errorf("no hermod daemon is at --url: %s", why)}
}

// refusal is the error for an answer that is no success.
func refusal(answer *http.Response, body []byte) error {
	told := new(problem.Problem)
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if kind != problem.ContentType || json.Unmarshal(body, told) != nil || told.Type == "" {
		return noDaemon("it answers HTTP " + answer.Status)
	}
	switch answer.StatusCode {
	case http.StatusUnauthorized:
		return &cli.ExitError{Code: ExitRefused, Err: &Refusal{told,
			"the daemon asks for a token that it knows: name the file of http.token with --token-file, or set HERMOD_TOKEN"}}
	case http.StatusForbidden:
		return &cli.ExitError{Code: ExitRefused, Err: &Refusal{told, sentence(told)}}
	case http.StatusNotFound:
		return &cli.ExitError{Code: ExitUnknown, Err: &Refusal{told, sentence(told)}}
	}
	return &cli.ExitError{Code: cli.ExitFailure, Err: &Refusal{told, sentence(told)}}
}

// sentence is a problem on one line.
func sentence(p *problem.Problem) string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	if p.Hint != "" {
		text += "; " + p.Hint
	}
	return text
}

// Refusal is a problem that the daemon answered with, in words for a user of commands.
type Refusal struct {
	// Problem is the daemon's.
	Problem *problem.Problem
	text    string
}

// Error says what is wrong and what to do.
func (r *Refusal) Error() string { return r.text }

// Unwrap returns the problem.
func (r *Refusal) Unwrap() error { return r.Problem }

// IsProblem says whether err is the daemon's problem of a kind, for example "bot-not-found".
func IsProblem(err error, kind string) bool {
	told := new(problem.Problem)
	return errors.As(err, &told) && strings.HasSuffix(told.Type, ":"+kind)
}
