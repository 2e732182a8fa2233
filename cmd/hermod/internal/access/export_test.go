package access

// Addresses is how many addresses are remembered.
func (c *Control) Addresses() int { return c.guesses.addresses.Len() }
