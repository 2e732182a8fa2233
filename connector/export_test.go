package connector

import "time"

// LoseDisk makes every later write of the buffer fail.
func LoseDisk(c *Connector) error { return c.store.db.Close() }

// SetSilence sets how long a session has to answer before another takes its place. No session may be open.
func SetSilence(c *Connector, limit time.Duration) { c.silence = limit }
