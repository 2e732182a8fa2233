package wire

import (
	"crypto/hmac"
	"errors"
	"strconv"
	"strings"
	"time"
)

// A connector that delivers over HTTP signs each request in these two headers.
const (
	DeliverySignatureHeader = "X-Relay-Signature"
	DeliveryTimestampHeader = "X-Relay-Timestamp"
)

// DeliverySkew is how far a delivery's time may be from ours.
const DeliverySkew = 300 * time.Second

// Errors of VerifyDelivery; compare with errors.Is. Answer either one with HTTP 401.
var (
	ErrDeliveryTimestamp = errors.New("wire: delivery is too old or too new, or has no time; check the clocks of both sides")
	ErrDeliverySignature = errors.New("wire: delivery is not signed by a known key")
)

// SignDelivery returns the two headers of a delivery: the time in seconds, and the signature
// over the time and the body in lower-case hex.
func SignDelivery(body []byte, key Secret, now time.Time) (timestamp, sig string) {
	timestamp = strconv.FormatInt(now.Unix(), 10)
	return timestamp, sign(timestamp+"."+string(body), key)
}

// VerifyDelivery checks that one of the keys signed a body, as it was received, within skew
// of now; DeliverySkew if skew is 0 or less. Several keys let old ones be replaced without a
// gap; empty and blank ones are skipped. The error is ErrDeliveryTimestamp or
// ErrDeliverySignature. Signatures are compared in constant time.
func VerifyDelivery(body []byte, timestamp, sig string, keys []Secret, now time.Time, skew time.Duration) error {
	if skew <= 0 {
		skew = DeliverySkew
	}
	digits, ok := pythonInt(timestamp)
	seconds, err := strconv.ParseInt(digits, 10, 64)
	earliest, latest := now.Add(-skew).Unix(), now.Add(skew).Unix()
	if !ok || err != nil || seconds < earliest || seconds > latest {
		return ErrDeliveryTimestamp
	}
	claimed, err := hexBytes(sig)
	if err != nil {
		return ErrDeliverySignature
	}
	for _, key := range keys {
		if strings.TrimSpace(string(key)) == "" {
			continue
		}
		if hmac.Equal(claimed, signature(timestamp+"."+string(body), key)) {
			return nil
		}
	}
	return ErrDeliverySignature
}
