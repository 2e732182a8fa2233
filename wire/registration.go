package wire

import "strings"

// MaxDisplayName is the longest display name in code points.
const MaxDisplayName = 64

// Registration tells a connector about one platform that a gateway serves.
type Registration struct {
	GatewayID string
	Platform  string
	BotID     string
	// Endpoint is the gateway's public URL, or empty.
	Endpoint string
	// RouteKeys name the conversations that belong to the gateway (scopes, chats, paths).
	RouteKeys []string
	// InstanceID, WakeURL and DisplayName are left out when empty: the connector then keeps none. A display name is cut
	// to MaxDisplayName.
	InstanceID, WakeURL, DisplayName string
}

// AppendRegistration appends the body of a provisioning to dst.
func AppendRegistration(dst []byte, r Registration) []byte {
	dst = append(dst, `{"gatewayId":`...)
	dst = appendString(dst, r.GatewayID)
	dst = appendMember(dst, "platform", r.Platform)
	dst = appendMember(dst, "botId", r.BotID)
	dst = appendMember(dst, "gatewayEndpoint", r.Endpoint)
	dst = appendWords(dst, "routeKeys", r.RouteKeys)
	name := displayName(r.DisplayName)
	for _, f := range [...]field{{"instanceId", r.InstanceID}, {"wakeUrl", r.WakeURL}, {"displayName", name}} {
		if f.value != "" {
			dst = appendMember(dst, f.key, f.value)
		}
	}
	return append(dst, '}')
}

func displayName(name string) string {
	name = strings.TrimSpace(name)
	points := 0
	for i := range name {
		if points++; points > MaxDisplayName {
			return strings.TrimSpace(name[:i])
		}
	}
	return name
}

// DecodeRegistration reads the body. gatewayId and platform are required. The error is a *BodyError.
func DecodeRegistration(body []byte) (Registration, error) {
	const name = "a provisioning"
	o, err := parseBody(name, body)
	if err == nil {
		err = o.need(name, len(body), "gatewayId", "platform")
	}
	if err != nil {
		return Registration{}, err
	}
	return Registration{
		GatewayID: o.word("gatewayId"), Platform: o.word("platform"), BotID: o.text("botId"),
		Endpoint: o.word("gatewayEndpoint"), RouteKeys: o.words("routeKeys"),
		InstanceID: o.text("instanceId"), WakeURL: o.word("wakeUrl"), DisplayName: displayName(o.text("displayName")),
	}, nil
}

// RelevancePolicy tells a connector which messages of a platform are for the gateway's bot. A
// connector that was told none delivers what is addressed to the bot: as with RequireAddress.
type RelevancePolicy struct {
	Platform string
	// RequireAddress delivers only messages that mention the bot or reply to it.
	RequireAddress bool
	// FreeResponseScopes are the scopes (chats, channels) in which RequireAddress does not
	// apply.
	FreeResponseScopes []string
	// AllowOtherBots also delivers messages of other bots.
	AllowOtherBots bool
}

// PolicyOf returns what a gateway's settings for a platform mean, and whether there is anything to tell the connector:
// whether the bot must be mentioned (nil: not set, which leaves the connector's default), the scopes in which it
// need not be, and whether messages of other bots reach it.
func PolicyOf(platform string, requireMention *bool, freeScopes []string, otherBots bool) (RelevancePolicy, bool) {
	p := RelevancePolicy{Platform: platform, RequireAddress: true, FreeResponseScopes: freeScopes,
		AllowOtherBots: otherBots}
	if requireMention != nil {
		p.RequireAddress = *requireMention
	}
	return p, requireMention != nil || len(freeScopes) > 0 || otherBots
}

// AppendRelevancePolicy appends the body to dst.
func AppendRelevancePolicy(dst []byte, p RelevancePolicy) []byte {
	dst = append(dst, `{"platform":`...)
	dst = appendString(dst, p.Platform)
	dst = appendBool(dst, "requireAddress", p.RequireAddress)
	dst = appendWords(dst, "freeResponseScopes", p.FreeResponseScopes)
	return append(appendBool(dst, "allowOtherBots", p.AllowOtherBots), '}')
}

// DecodeRelevancePolicy reads the body. The platform is required. The error is a *BodyError.
func DecodeRelevancePolicy(body []byte) (RelevancePolicy, error) {
	const name = "a policy"
	o, err := parseBody(name, body)
	if err == nil {
		err = o.need(name, len(body), "platform")
	}
	if err != nil {
		return RelevancePolicy{}, err
	}
	return RelevancePolicy{
		Platform: o.word("platform"), RequireAddress: o.flag("requireAddress"),
		FreeResponseScopes: o.words("freeResponseScopes"), AllowOtherBots: o.flag("allowOtherBots"),
	}, nil
}
