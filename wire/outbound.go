package wire

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// Outbound is one request of a gateway as a connector reads it. Platform and BotID are "" if
// the gateway did not name them.
type Outbound struct {
	RequestID string
	Platform  string
	BotID     string
	Action    Action
}

// NewRequestID returns a fresh request id: 32 lower-case hex digits. It identifies a request
// and is not a secret.
func NewRequestID() string {
	var id [32]byte
	return string(AppendRequestID(id[:0]))
}

// AppendRequestID appends a fresh request id to dst.
func AppendRequestID(dst []byte) []byte {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], rand.Uint64())
	binary.BigEndian.PutUint64(id[8:], rand.Uint64())
	return hex.AppendEncode(dst, id[:])
}

// AppendOutbound appends an outbound frame to dst. An empty platform or botID is left out.
func AppendOutbound(dst []byte, requestID string, a Action, platform, botID string) []byte {
	dst = beginFrame(dst, KindOutbound)
	dst = appendMember(dst, "requestId", requestID)
	dst = append(dst, `,"action":`...)
	dst = a.AppendJSON(dst)
	if platform != "" {
		dst = appendMember(dst, "platform", platform)
	}
	if botID != "" {
		dst = appendMember(dst, "botId", botID)
	}
	return endFrame(dst)
}

// DecodeOutbound reads an outbound frame. A missing or malformed action is a *DecodeError, and
// the rest of the Outbound is filled in, so that the request can be answered.
func DecodeOutbound(line []byte) (Outbound, error) {
	obj, err := parseObject(KindOutbound, line)
	if err != nil {
		return Outbound{}, err
	}
	out := Outbound{
		RequestID: obj.text("requestId"),
		Platform:  obj.text("platform"),
		BotID:     obj.text("botId"),
	}
	raw, _ := obj.get("action")
	if !isObject(raw) {
		return out, &DecodeError{Kind: KindOutbound, Size: len(line), Reason: "action is not an object"}
	}
	out.Action = actionOf(raw)
	return out, nil
}
