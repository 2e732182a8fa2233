package observe

import (
	"slices"
	"strconv"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/wire"
)

// other is the label value for all that has none of its own.
const other = "other"

var knownPlatforms = setOf(wire.KnownPlatforms()...)

var knownOps = setOf(wire.OpSend, wire.OpEdit, wire.OpTyping, wire.OpFollowUp, wire.OpGetChatInfo, wire.OpSendMedia,
	wire.OpPrompt,
	wire.OpReact, wire.OpThreadCreate, wire.OpThreadRename, wire.OpDelete, wire.OpDraft, wire.OpTaskCard,
	wire.OpTaskCardStop)

func setOf(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

// fold returns a name that is known, and other for all else.
func fold(known map[string]bool, name string) string {
	if known[name] {
		return name
	}
	return other
}

// knownCodes are the close codes and HTTP statuses that have a label value.
var knownCodes = []int{wire.CloseNormal, wire.CloseGoingAway, wire.CloseProtocol, wire.CloseNoStatus,
	wire.CloseInvalidData, wire.ClosePolicy,
	wire.CloseTooBig, wire.CloseInternal, wire.CloseRestart, wire.CloseTryLater, wire.CloseReplaced,
	wire.CloseUnauthorized, wire.CloseForbidden,
	400, 401, 403, 404, 407, 426, 429, 500, 502, 503, 504}

// codeOf is "" for an end that has no code.
func codeOf(end actors.LinkEnd) string {
	switch {
	case slices.Contains(knownCodes, end.Code):
		return strconv.Itoa(end.Code)
	case end.Code == 0 && end.Cause != "closed" && end.Cause != "refused":
		return ""
	}
	return other
}

// platformOf is the platform that a bot's series have: that of its first identity, the session's default.
func platformOf(bot *config.Bot) string {
	if bot == nil || len(bot.Identities) == 0 {
		return other
	}
	return fold(knownPlatforms, bot.Identities[0].Platform)
}
