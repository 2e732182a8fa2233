package boot

import (
	"errors"
	"fmt"
	"net/http"

	"hermod/wire"
)

// Conditions that errors.Is finds in what this package returns.
var (
	// ErrNoCredentials: the connector keeps a secret that this gateway does not have.
	ErrNoCredentials = errors.New("the connector issued this gateway's secret before and does not show it again; restore the saved secret, or enrol the gateway anew")
	// ErrNoBearer: there is neither an identity token nor a secret to prove the gateway with.
	ErrNoBearer = errors.New("there is neither an identity token nor a gateway secret; set one of them")
	// ErrMediaEmpty: the file has no content.
	ErrMediaEmpty = errors.New("the file is empty")
	// ErrMediaTooLarge: the file is larger than wire.MaxMedia.
	ErrMediaTooLarge = fmt.Errorf("the file is larger than %d MiB, which is what a connector takes", wire.MaxMedia>>20)
	// ErrMediaURL: the reference is not an absolute http or https URL, or holds a user or password.
	ErrMediaURL = errors.New("the media reference is not an absolute http or https URL without a user")
)

// RefusedError is an answer that trying again will not change.
type RefusedError struct {
	// Doing is what was refused ("provision discord").
	Doing string
	// Status is the HTTP status.
	Status int
	// Reason is the connector's word for it, at most 200 bytes without secrets, or empty.
	Reason string
	// Hint says what to do.
	Hint string
}

// Error says what was refused, how and what to do.
func (e *RefusedError) Error() string {
	text := fmt.Sprintf("%s: refused with %d %s", e.Doing, e.Status, http.StatusText(e.Status))
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// StatusError is an answer that says to come back later; it is what a try that is repeated ends with.
type StatusError struct {
	// Status is the HTTP status.
	Status int
	// Reason is as in RefusedError.
	Reason string
}

// Error names the status and the connector's reason.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("the connector answered %d %s", e.Status, http.StatusText(e.Status))
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// GaveUpError says that the context, or the number of tries, ended before the connector gave an answer that counts.
// Unwrap gives the context's error, if it was the context, and the last try's.
type GaveUpError struct {
	// Doing is what was tried.
	Doing string
	// Tries is how often; 0 when the context ended before the first.
	Tries int
	// Ended is the context's error, or nil.
	Ended error
	// Last is the last try's error, or nil.
	Last error
}

// Error says what was tried, how often, and what came of the last try.
func (e *GaveUpError) Error() string {
	text := fmt.Sprintf("%s: gave up after %d tries", e.Doing, e.Tries)
	if e.Ended != nil {
		text += ": " + e.Ended.Error()
	}
	if e.Last != nil {
		text += "; the last one: " + e.Last.Error()
	}
	return text
}

// Unwrap returns the causes that there are.
func (e *GaveUpError) Unwrap() []error {
	var causes []error
	for _, err := range []error{e.Ended, e.Last} {
		if err != nil {
			causes = append(causes, err)
		}
	}
	return causes
}
