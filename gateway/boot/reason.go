package boot

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"hermod/wire"
)

// maxReason bounds a connector's reason in bytes.
const maxReason = 200

// reasonOf is the connector's word for a refusal: the "error" of its JSON answer, on one line, cut, and without the
// secrets that it may repeat. An answer of another kind, a proxy's page say, has none.
func reasonOf(body []byte, secrets []wire.Secret) string {
	var told struct {
		Error any `json:"error"`
	}
	if !json.Valid(body) || json.Unmarshal(body, &told) != nil {
		return ""
	}
	reason, _ := told.Error.(string)
	for _, secret := range secrets {
		if secret != "" {
			reason = strings.ReplaceAll(reason, secret.Reveal(), secret.String())
		}
	}
	return oneLine(reason)
}

func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	for len(s) > maxReason {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return strings.TrimSpace(s)
}

// withoutURL is an error of net/http without the URL, whose path or query may prove something.
func withoutURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
