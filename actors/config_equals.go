package actors

import (
	"reflect"
	"slices"
	"time"
)

// equals says that both say the same, of what settings are made of. Relays are spawned by the thousand, and few have
// what takes long to compare.
func (c *Config) equals(o *Config) bool {
	return c.URL == o.URL && c.NoReconnect == o.NoReconnect && c.Strategy == o.Strategy && c.NoDedupe == o.NoDedupe &&
		c.SessionKey == o.SessionKey && c.times() == o.times() && c.numbers() == o.numbers() &&
		slices.Equal(c.Platforms, o.Platforms) && (c.isPlain() && o.isPlain() ||
		reflect.DeepEqual(c.Commands, o.Commands) && reflect.DeepEqual(c.TLS, o.TLS))
}

func (c *Config) times() [10]time.Duration {
	return [...]time.Duration{c.Backoff, c.MaxBackoff, c.StableAfter, c.DialTimeout, c.HandshakeTimeout,
		c.OutboundTimeout, c.WriteTimeout, c.PingInterval, c.PongTimeout, c.RetryDelay}
}

func (c *Config) numbers() [8]int {
	return [...]int{c.MaxFrame, c.MaxPending, c.MaxPendingBytes, c.MaxQueued, c.MaxQueuedBytes, c.MaxHandlers,
		c.DedupeKeys, c.Tries}
}

// isPlain says that it has no commands and adjusts nothing of TLS.
func (c *Config) isPlain() bool {
	return len(c.Commands) == 0 && c.TLS.RootCAs == nil && len(c.TLS.Certificates) == 0 && c.TLS.ServerName == ""
}
