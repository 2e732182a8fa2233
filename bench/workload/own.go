package workload

// Own are the clients without dependencies beyond the engine's.
func Own() Clients {
	reads := []string{Inbound, Spread}
	mutex, yield := Full(dialMutex), Full(dialYield)
	return Clients{
		Hermod:      {Open: openHermod, Scenarios: mutex.Scenarios},
		HermodKeep:  {Open: openHermodKeep, Scenarios: []string{Inbound, InboundAcks, Spread}},
		InlineReuse: {Open: Plain(dialInlineReuse()), Scenarios: reads},
		Inline:      {Open: Plain(dialInline()), Scenarios: reads},
		InlineWire:  {Open: Plain(dialInlineWire()), Scenarios: reads},
		Raw:         {Open: Plain(dialRaw()), Scenarios: reads},
		GobwasMutex: mutex,
		GobwasYield: yield,
		Copied:      {Open: openCopied, Scenarios: []string{Inbound, Outbound}},
		Bare:        {Open: Plain(dialBare), Scenarios: []string{Connect, Idle}},
	}
}

// Daemons are the clients that stand behind the program that DaemonVariable names, the one that is this program with
// many bots, and the one that is its store alone, which does not talk to the peer.
func Daemons() Clients {
	return Clients{
		Behind:     {Open: openBehind(false), Scenarios: []string{Inbound, InboundAcks, Outbound}},
		BehindKept: {Open: openBehind(true), Scenarios: []string{Inbound, InboundAcks, Outbound}},
		HermodRun:  {Whole: fleetIdle, Scenarios: []string{Idle}},
		Store:      {Open: Plain(dialStore), Scenarios: []string{InboundAcks}},
	}
}
