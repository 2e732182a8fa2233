package config

import (
	"encoding/base64"
	"errors"
	"strings"
	"time"
)

// The form of a secret that signs webhooks, by the Standard Webhooks convention.
const (
	signingPrefix = "whsec_"
	minSigningKey = 24
	maxSigningKey = 64
)

var errSigningSecret = errors.New("the signing secret is not whsec_ and the base64 of 24 to 64 bytes")

// Key returns the key that the secret stands for. The error does not show the secret.
func (w *Webhook) Key() ([]byte, error) {
	encoded, prefixed := strings.CutPrefix(w.Secret.Reveal().Reveal(), signingPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !prefixed || err != nil || len(key) < minSigningKey || len(key) > maxSigningKey {
		return nil, errSigningSecret
	}
	return key, nil
}

// longestPost is how long a post may take without a remark.
const longestPost = time.Minute

// checkPatience remarks a timeout by which a receiver that stalls holds much for long.
func (b *botChecker) checkPatience(w *Webhook) {
	if w.Timeout.Duration > longestPost {
		b.note("bot %s: deliver.webhook.timeout is %s: a receiver that stalls holds a connection and a conversation for "+
			"that long; answer at once and work afterwards", b.bot.Name, w.Timeout)
	}
}

// checkSigning judges a secret that was found.
func (b *botChecker) checkSigning(w *Webhook) {
	if strings.TrimSpace(w.Secret.Reveal().Reveal()) == "" {
		return
	}
	if _, err := w.Key(); err != nil {
		b.wrong("is no signing secret: whsec_ and the base64 of 24 to 64 bytes", `make one: echo "whsec_$(openssl rand -base64 32)"`,
			"deliver", "webhook", "secret")
	}
}
