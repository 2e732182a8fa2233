package workload

// Own are the clients without dependencies beyond the engine's.
func Own() Clients {
	reads := []string{Inbound, Spread}
	mutex, yield := Full(dialMutex), Full(dialYield)
	return Clients{
		Hermod:      {Open: openHermod, Scenarios: mutex.Scenarios},
		HermodKeep:  {Open: openHermodKeep, Scenarios: []string{Inbound, InboundAcks, Spread}},
		InlineReuse: {Plain(dialInlineReuse()), reads},
		Inline:      {Plain(dialInline()), reads},
		InlineWire:  {Plain(dialInlineWire()), reads},
		Raw:         {Plain(dialRaw()), reads},
		GobwasMutex: mutex,
		GobwasYield: yield,
		Bare:        {Plain(dialBare), []string{Connect, Idle}},
	}
}

// Daemons are the clients that stand behind the program that DaemonVariable names, and the one that is its store alone,
// which does not talk to the peer.
func Daemons() Clients {
	return Clients{
		Behind:     {openBehind(false), []string{Inbound, InboundAcks, Outbound}},
		BehindKept: {openBehind(true), []string{Inbound, InboundAcks, Outbound}},
		Store:      {Plain(dialStore), []string{InboundAcks}},
	}
}
