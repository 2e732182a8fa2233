package problem

import (
	"net/http"
	"strconv"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/web"
)

// ContentType is the media type of a problem.
const ContentType = "application/problem+json"

// Problem says why a request was not served, and what to do. It is an error.
type Problem struct {
	// Type is a URN of this project that names the kind; Title says the same in words.
	Type  string `json:"type"`
	Title string `json:"title"`
	// Status is the answer's.
	Status int `json:"status"`
	// Detail says what is wrong with this request, Hint what to do about it.
	Detail string `json:"detail"`
	Hint   string `json:"hint"`
	// Result is what became of an action, in the words that gateways match on; its "ambiguous" says that the action may
	// have been applied.
	Result json.RawMessage `json:"result,omitempty"`
	// Mistakes lists those of a configuration that was refused.
	Mistakes json.RawMessage `json:"mistakes,omitempty"`

	// RetryAfter is sent as a header when it is not 0, in whole seconds.
	RetryAfter time.Duration `json:"-"`
	// Allow is the header that goes with 405.
	Allow string `json:"-"`
}

const urn = "urn:hermod:problem:"

// OfKind says whether the problem is of a kind, as New has it.
func (p *Problem) OfKind(kind string) bool { return p.Type == urn+kind }

// New returns a problem of a kind: words of lower case with hyphens.
func New(status int, kind, title, detail, hint string) *Problem {
	return &Problem{Type: urn + kind, Title: title, Status: status, Detail: detail, Hint: hint}
}

// Error gives the title and the detail.
func (p *Problem) Error() string { return p.Title + ": " + p.Detail }

// ServeHTTP answers with the problem, whatever the request was.
func (p *Problem) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(p.RetryAfter.Seconds()))))
	}
	if p.Allow != "" {
		w.Header().Set("Allow", p.Allow)
	}
	web.Send(w, p.Status, ContentType, append(web.Encode(p), '\n'))
}
