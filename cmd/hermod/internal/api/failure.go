package api

import (
	"errors"
	"net/http"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/problem"
	"hermod/messages"
	"hermod/wire"
)

const ambiguousHint = "the action may have been applied: look before you send it again; a repeat with the same Idempotency-Key is not sent again"

// failure is the problem for a failure that the connector did not report itself.
func failure(b *fleet.Bot, result wire.Result, err error) *problem.Problem {
	p := problemOf(b.Status(), err)
	p.Detail, p.Result = err.Error(), result.AppendJSON(nil)
	if result.Ambiguous {
		p.Hint = ambiguousHint
	}
	return p
}

func problemOf(s fleet.Status, err error) *problem.Problem {
	again := "nothing was sent: try again"
	switch {
	case errors.Is(err, actors.ErrTimeout):
		return problem.New(http.StatusGatewayTimeout, "result-timeout", "The connector did not answer in time", "", again)
	case errors.Is(err, actors.ErrConnectionLost):
		return problem.New(http.StatusBadGateway, "connection-lost", "The connection was lost before the result came", "", again)
	case errors.Is(err, actors.ErrBusy):
		p := problem.New(http.StatusServiceUnavailable, "bot-busy", "Too many actions are in flight", "", again)
		p.RetryAfter = time.Second
		return p
	case errors.Is(err, actors.ErrNotConnected) && !s.State.Final() && s.State != messages.Dormant,
		errors.Is(err, actors.ErrClosed) && s.PlatformState == "retrying":
		p := problem.New(http.StatusServiceUnavailable, "bot-not-connected", "The bot is not connected right now", "", again)
		p.RetryAfter = max(time.Second, time.Until(s.NextDial))
		return p
	case s.State == messages.Dormant:
		return problem.New(http.StatusConflict, "bot-asleep", "The bot sleeps", "", "wake the bot")
	case errors.Is(err, actors.ErrNotConnected), errors.Is(err, actors.ErrClosed):
		return notRunning(s)
	}
	return problem.New(http.StatusBadGateway, "send-failed", "The action was not sent", "", again)
}

// notRunning says that no relay of the bot runs, or that it does not dial any more.
func notRunning(s fleet.Status) *problem.Problem {
	hint := s.Hint
	switch {
	case s.Cause == fleet.ByOperator || s.Cause == fleet.ByConfig:
		hint = "enable the bot"
	case hint == "":
		hint = "try again when GET /v1/bots shows it as ready"
	}
	detail := "the bot is " + string(s.State)
	if s.LastError != "" {
		detail += ": " + s.LastError
	}
	return problem.New(http.StatusConflict, "bot-not-running", "The bot does not run", detail, hint)
}
