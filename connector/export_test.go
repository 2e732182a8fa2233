package connector

// LoseDisk makes every later write of the buffer fail.
func LoseDisk(c *Connector) error { return c.store.db.Close() }
