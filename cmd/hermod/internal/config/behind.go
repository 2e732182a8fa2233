package config

import (
	"net"
	"strings"

	"hermod/wire"
)

// Gateways describes where gateways dial that stand behind Hermod.
type Gateways struct {
	// Listen, SocketMode and TLS are as in HTTP.
	Listen     string     `json:"listen"`
	SocketMode string     `json:"socket_mode"`
	TLS        *ServerTLS `json:"tls"`
	// Durable has deliveries kept in the state folder.
	Durable bool `json:"durable"`
	// MaxKept and MaxKeptBytes bound what is kept for each gateway.
	MaxKept      int `json:"max_kept"`
	MaxKeptBytes int `json:"max_kept_bytes"`
}

// Relay has events go to a gateway that dials Gateways.Listen.
type Relay struct {
	GatewayID string `json:"gateway_id"`
	// Secret signs the gateway's dials; PreviousSecret is accepted too, nil is none.
	Secret         *Secret `json:"secret"`
	PreviousSecret *Secret `json:"previous_secret"`
	// WakeURL is called when something waits for a gateway that is away or idle; "" is none.
	WakeURL string `json:"wake_url"`
}

// Secrets are those that are accepted, newest first.
func (r *Relay) Secrets() []wire.Secret {
	all := []wire.Secret{r.Secret.Reveal()}
	if r.PreviousSecret != nil {
		all = append(all, r.PreviousSecret.Reveal())
	}
	return all
}

// Behind says whether there is a bot whose gateway stands behind Hermod, or may be one on another node.
func (c *Config) Behind() bool {
	if c.Node && c.Gateways.Listen != Off {
		return true
	}
	for _, bot := range c.Bots {
		if bot.Deliver.Relay != nil {
			return true
		}
	}
	return false
}

// Listener returns where the gateways dial, nil for nowhere.
func (g Gateways) Listener() *Listener {
	if g.Listen == Off {
		return nil
	}
	return &Listener{Key: "gateways.listen", Address: g.Listen, Mode: modeOf(g.SocketMode), TLS: g.TLS}
}

// checkRelay judges what a bot says of its gateway.
func (b *botChecker) checkRelay(r *Relay) {
	b.secret(r.Secret, bots(b.index)("deliver", "relay", "secret")...)
	b.secret(r.PreviousSecret, bots(b.index)("deliver", "relay", "previous_secret")...)
	if r.WakeURL != "" {
		b.httpURL(r.WakeURL, "deliver", "relay", "wake_url")
	}
	if b.cfg.Gateways.Listen == Off && !b.cfg.Node { // else it dials another node
		b.wrong("is there, but its gateway has nowhere to dial", "add for example gateways: {listen: 127.0.0.1:9471}",
			"deliver", "relay")
	}
}

// checkGateways judges the listener, and that no two bots have one gateway.
func (c *checker) checkGateways() {
	g := &c.cfg.Gateways
	first := make(map[string]string)
	for i, bot := range c.cfg.Bots {
		if bot.Deliver.Relay == nil {
			continue
		}
		at := bots(i)("deliver", "relay", "gateway_id")
		id := bot.Deliver.Relay.GatewayID
		if other, taken := first[id]; taken {
			c.wrong("is also that of "+other, "give each bot's gateway an id of its own", at...)
			continue
		}
		first[id] = c.placeOf(bots(i)()...)
	}
	if g.Listen == Off {
		return
	}
	l := listening{section: "gateways", listen: &g.Listen, tls: g.TLS}
	local, ok := c.checkAddress(l)
	if !ok {
		return
	}
	c.checkServerTLS(l)
	switch host, _, _ := net.SplitHostPort(g.Listen); {
	case len(first) == 0:
		c.note(NoGateways)
	case !local && g.TLS == nil && !strings.HasPrefix(g.Listen, unixPrefix):
		c.note("gateways.listen is reached from other machines, and events are sent unencrypted to %s: set gateways.tls, or listen on loopback behind a proxy that has TLS", host)
	}
	for _, other := range []struct{ key, listen string }{{"http.listen", c.cfg.HTTP.Listen}, {"metrics.listen", c.cfg.Metrics.Listen}} {
		if g.Listen == other.listen && !strings.HasSuffix(g.Listen, ":0") {
			c.wrong("is the address of "+other.key+" too", "give it another port", "gateways", "listen")
		}
	}
}
