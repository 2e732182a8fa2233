package fleet

// Memory keeps which bots an operator disabled, by name and across restarts. Its methods are called from the bots'
// actors, side by side for different bots, and never block.
type Memory interface {
	// Disabled says whether the bot was disabled. It is asked when a bot comes into the fleet.
	Disabled(bot string) bool
	// SetDisabled notes that a bot was disabled, or that this is over.
	SetDisabled(bot string, disabled bool)
}

// forgetful is the Memory of a fleet that has none.
type forgetful struct{}

func (forgetful) Disabled(string) bool     { return false }
func (forgetful) SetDisabled(string, bool) {}
