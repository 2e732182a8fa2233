package config

import (
	"net/url"
	"strings"
	"time"
)

// longestRetention bounds how long dead letters are kept.
const longestRetention = 365 * 24 * time.Hour

// DeadLetters bound what is kept of deliveries that failed for good.
type DeadLetters struct {
	// MaxAge is how long one is kept after it failed for the last time, in time in which a daemon runs.
	MaxAge Duration `json:"max_age"`
	// MaxBytes is how much all of them may take together.
	MaxBytes int `json:"max_bytes"`
}

func (c *checker) checkDeadLetters() {
	wrong := ""
	switch age := c.cfg.DeadLetters.MaxAge.Duration; {
	case age <= 0:
		wrong = "is zero"
	case age > longestRetention:
		wrong = "is longer than 8760h"
	default:
		return
	}
	path := []string{"dead_letters", "max_age"}
	c.wrong(wrong, c.schema.example(path, "write"), path...)
}

// checkDeadLetterURL judges a URL that is one: what the receiver did not take would fail there once more.
func (b *botChecker) checkDeadLetterURL(w *Webhook) {
	if canonical(w.DeadLetterURL) == canonical(w.URL) {
		b.wrong("is the URL that the deliveries fail at", "name another one, or take it out: dead letters are kept without it",
			"deliver", "webhook", "dead_letter_url")
	}
}

// canonical is the same for URLs that only differ in writing.
func canonical(raw string) string {
	parsed, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	parsed.Host, parsed.Fragment = strings.ToLower(parsed.Host), ""
	if port := map[string]string{"http": ":80", "https": ":443"}[parsed.Scheme]; port != "" {
		parsed.Host = strings.TrimSuffix(parsed.Host, port)
	}
	if parsed.Path == "" {
		parsed.Path = "/"
	}
	return parsed.String()
}
