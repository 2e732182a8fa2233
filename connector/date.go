package connector

import (
	"net/http"
	"time"
)

// date is the header by which gateways compare clocks: a token that counts as expired may be due to them. net/http adds
// it to every other answer.
func date(now time.Time) http.Header {
	return http.Header{"Date": {now.UTC().Format(http.TimeFormat)}}
}
