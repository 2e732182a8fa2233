package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// TokenTTL is how long the token of a dial is valid.
const TokenTTL = 300 * time.Second

// Errors of VerifyToken and PeekToken; compare with errors.Is. None shows the token.
var (
	ErrTokenMalformed = errors.New("wire: token is malformed")
	ErrTokenSignature = errors.New("wire: token is not signed by a known secret")
	ErrTokenExpired   = errors.New("wire: token has expired")
)

// MintToken returns the bearer token that proves, until ttl after now, that its holder is the
// gateway id and knows the secret. With a ttl of 0 or less it never expires; a fraction of a
// second is rounded up. The id may contain anything, including colons.
func MintToken(id string, secret Secret, ttl time.Duration, now time.Time) string {
	var expiry int64
	if ttl > 0 {
		expiry = now.Unix() + int64((ttl+time.Second-1)/time.Second)
	}
	signed := id + ":" + strconv.FormatInt(expiry, 10)
	return base64.RawURLEncoding.EncodeToString([]byte(signed + ":" + sign(signed, secret)))
}

// sign returns the signature in lower-case hex.
func sign(payload string, secret Secret) string {
	return hex.EncodeToString(signature(payload, secret))
}

func signature(payload string, secret Secret) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(payload))
	return mac.Sum(nil)
}

// VerifyToken returns the id of a token that one of the secrets signed and that has not
// expired at now. Several secrets let old ones be replaced without a gap; empty and blank
// ones are skipped. Signatures are compared in constant time. The error is
// ErrTokenMalformed, ErrTokenExpired or ErrTokenSignature.
func VerifyToken(token string, secrets []Secret, now time.Time) (id string, err error) {
	t, err := splitToken(token)
	if err != nil {
		return "", err
	}
	if t.expiredAt(now) {
		return "", ErrTokenExpired
	}
	claimed, err := hexBytes(t.sig)
	if err != nil {
		return "", ErrTokenSignature
	}
	for _, secret := range secrets {
		if strings.TrimSpace(string(secret)) == "" {
			continue
		}
		if hmac.Equal(claimed, signature(t.id+":"+t.expiry, secret)) {
			return t.id, nil
		}
	}
	return "", ErrTokenSignature
}

// PeekToken returns the id that a token claims, unverified: use it only to find the
// secrets to verify the token with. The error is ErrTokenMalformed.
func PeekToken(token string) (id string, err error) {
	t, err := splitToken(token)
	return t.id, err
}

// tokenParts are the parts of a token, the expiry in its plain decimal form.
type tokenParts struct{ id, expiry, sig string }

// splitToken takes a token apart from the right, since ids may hold colons. Like the
// reference, it is lenient about base64 and about how the expiry is written: what counts is
// the signature over their plain form.
func splitToken(token string) (tokenParts, error) {
	padded := strings.NewReplacer("-", "+", "_", "/").Replace(token) + "==="[:(4-len(token)%4)%4]
	raw, ok := decodeBase64(padded)
	if !ok || !utf8.Valid(raw) {
		return tokenParts{}, ErrTokenMalformed
	}
	plain := string(raw)
	last := strings.LastIndexByte(plain, ':')
	if last < 0 {
		return tokenParts{}, ErrTokenMalformed
	}
	middle := strings.LastIndexByte(plain[:last], ':')
	if middle < 0 {
		return tokenParts{}, ErrTokenMalformed
	}
	expiry, ok := pythonInt(plain[middle+1 : last])
	if !ok {
		return tokenParts{}, ErrTokenMalformed
	}
	return tokenParts{id: plain[:middle], expiry: expiry, sig: plain[last+1:]}, nil
}

func (t tokenParts) expiredAt(now time.Time) bool {
	if t.expiry == "0" {
		return false
	}
	expiry, err := strconv.ParseInt(t.expiry, 10, 64)
	if err != nil {
		// Too large for a clock: far in the past or far in the future.
		return t.expiry[0] == '-'
	}
	return now.Unix() > expiry
}

// hexBytes reads hex digits of either case, with white space allowed between the bytes.
func hexBytes(s string) ([]byte, error) {
	digits := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if len(digits)%2 == 0 && strings.IndexByte(" \t\n\v\f\r", s[i]) >= 0 {
			continue
		}
		digits = append(digits, s[i])
	}
	return hex.DecodeString(string(digits))
}
