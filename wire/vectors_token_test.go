package wire_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"hermod/wire"
)

func init() {
	register(runSign, "hmac_sign")
	register(runMint, "token_make")
	register(runUpgradeHeader, "upgrade_header")
	register(runVerify, "token_verify")
	register(runDial, "url_ws_dial")
	register(runDrainGrace, "drain_grace")
	register(runLenUnit, "len_unit")
	deviations = append(deviations,
		deviation{
			kinds: []string{"token_verify"}, rule: "a secret of white space only signs nothing",
			reason: "it is what an unset setting looks like; a token signed with it proves nothing",
			expect: func(v vector, want any) any {
				for _, s := range parse(v.In).(map[string]any)["secrets"].([]any) {
					if s, _ := s.(string); strings.TrimSpace(s) != "" {
						return want
					}
				}
				return nil
			},
		},
		deviation{
			kinds: []string{"url_ws_dial"}, rule: "a url that no WebSocket can dial is a configuration error",
			reason: "the reference fails later, at every dial, with a message about something else",
			expect: func(v vector, want any) any {
				scheme, rest, ok := strings.Cut(strings.TrimSpace(dialInput(v)), "://")
				host, _, _ := strings.Cut(rest, "/")
				host, _, _ = strings.Cut(host, "?")
				switch strings.ToLower(scheme) {
				case "ws", "wss", "http", "https":
					if ok && dialable(host) && !strings.Contains(rest, "#") {
						return want
					}
				}
				return failed{}
			},
		},
		deviation{
			kinds: []string{"url_ws_dial"}, rule: "the scheme counts in any case, the query stays behind the path, and only a path ends in /relay",
			reason: "the reference dials a WebSocket URL with an https scheme, appends /relay to the query, and takes a host named relay for the path",
			expect: func(v vector, want any) any {
				if _, ok := want.(failed); ok {
					return want
				}
				scheme, rest, _ := strings.Cut(strings.TrimSpace(dialInput(v)), "://")
				rest, query, hasQuery := strings.Cut(rest, "?")
				scheme = strings.NewReplacer("https", "wss", "http", "ws").Replace(strings.ToLower(scheme))
				rest = strings.TrimRight(rest, "/")
				if _, path, _ := strings.Cut(rest, "/"); path != "relay" && !strings.HasSuffix(path, "/relay") {
					rest += "/relay"
				}
				if hasQuery {
					rest += "?" + query
				}
				return scheme + "://" + rest
			},
		},
	)
}

// dialable says whether a URL's host, with its port, can be dialled.
func dialable(host string) bool {
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		name, port = host[:i], host[i+1:]
	}
	n, err := strconv.Atoi(port)
	return name != "" && !strings.ContainsAny(name, "@ ") && (port == "" || err == nil && n > 0 && n < 1<<16)
}

func dialInput(v vector) string { return str(object(v.In)["url"]) }

type tokenInput struct {
	Payload   string        `json:"payload"`
	GatewayID string        `json:"gateway_id"`
	Secret    wire.Secret   `json:"secret"`
	TTL       int64         `json:"ttl"`
	Now       int64         `json:"now"`
	Token     string        `json:"token"`
	Secrets   []wire.Secret `json:"secrets"`
}

func runSign(t *testing.T, v vector) any {
	in := input[tokenInput](t, v)
	return wire.Sign(in.Payload, in.Secret)
}

func runMint(t *testing.T, v vector) any {
	in := input[tokenInput](t, v)
	return wire.MintToken(in.Payload, in.Secret, time.Duration(in.TTL)*time.Second, time.Unix(in.Now, 0))
}

func runUpgradeHeader(t *testing.T, v vector) any {
	in := input[tokenInput](t, v)
	return "Bearer " + wire.MintToken(in.GatewayID, in.Secret, wire.TokenTTL, time.Unix(in.Now, 0))
}

func runVerify(t *testing.T, v vector) any {
	in := input[tokenInput](t, v)
	id, err := wire.VerifyToken(in.Token, in.Secrets, time.Unix(in.Now, 0))
	if err != nil {
		return nil
	}
	return id
}

func runDial(_ *testing.T, v vector) any {
	dial, err := wire.DialURL(dialInput(v))
	if err != nil {
		return failed{}
	}
	return dial
}

func runDrainGrace(t *testing.T, v vector) any {
	in := input[struct {
		Budget *float64 `json:"budget_s"`
		Env    *string  `json:"env"`
	}](t, v)
	budget := wire.ParseDrainBudget("")
	switch {
	case in.Budget != nil:
		budget = time.Duration(*in.Budget * float64(time.Second))
	case in.Env != nil:
		budget = wire.ParseDrainBudget(*in.Env)
	}
	got := wire.DrainGrace(budget).Seconds()
	want := input[struct{ W float64 }](t, vector{In: []byte(`{"W":` + string(v.Want) + `}`)}).W
	if math.Abs(got-want) > 1e-6 {
		return got
	}
	return v.Want
}

func runLenUnit(t *testing.T, v vector) any {
	in := input[struct{ Text string }](t, v)
	return map[string]int{"chars": wire.Chars.Count(in.Text), "utf16": wire.UTF16.Count(in.Text)}
}
