package ownership

// Command is something that a node is to do. Each but Cut, Revoke, Park and End is answered by one call of a method of
// Node, whatever becomes of it.
type Command interface{ command() }

// AskLease asks the store for a lease: Granted or NotGranted follows.
type AskLease struct{}

// Renew renews the lease: Renewed or NotRenewed follows.
type Renew struct{ Lease int64 }

// Claim claims a bot under the lease, if nobody has it: Claimed or NotClaimed follows.
type Claim struct {
	Bot   string
	Lease int64
}

// Start runs a bot: Stopped follows, at the latest when it was told to stop.
type Start struct {
	Bot   string
	Epoch int64
}

// Stop ends a bot in order.
type Stop struct {
	Bot   string
	Epoch int64
}

// Cut closes the fence and ends all bots at once; Stopped follows for each that was started.
type Cut struct{}

// Release gives a claim of that epoch back, if it still stands: Released follows.
type Release struct {
	Bot   string
	Epoch int64
}

// Revoke ends a lease; that it fails does no harm.
type Revoke struct{ Lease int64 }

// Park leaves the lease to itself, with its claims, for a node that comes back before it ends. That it fails does no
// harm.
type Park struct{ Lease int64 }

// End says that the node has left.
type End struct{}

func (AskLease) command() {}
func (Renew) command()    {}
func (Claim) command()    {}
func (Start) command()    {}
func (Stop) command()     {}
func (Cut) command()      {}
func (Release) command()  {}
func (Revoke) command()   {}
func (Park) command()     {}
func (End) command()      {}
