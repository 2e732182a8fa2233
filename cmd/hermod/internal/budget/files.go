package budget

// How open files are divided.
const (
	// ownFiles are the daemon's: its log, its configuration and state, what it watches, name lookups, traces.
	ownFiles = 32
	// linkSpare is what bots need besides one connection each, as 1/linkSpare of those, since a connection that ends may
	// overlap the next one; minLinkSpare at least.
	linkSpare    = 8
	minLinkSpare = 8
	// share is the most that clients, and posts, may have of all files, as 1/share.
	share = 4
	// What each may have however few there are, and clients at most.
	minClients, maxClients = 16, 16 << 10
	minPosts               = 4
	// processFiles are the pipes of one subprocess, and what its start needs for a moment.
	processFiles = 4
	// dialsPerProcessor keeps TLS handshakes from making each other late.
	dialsPerProcessor = 256
)

// neededLinks is what the bots' connections need.
func (d Demand) neededLinks() int { return d.Bots + max(minLinkSpare, d.Bots/linkSpare) }

// newcomers are the connections of gateways that are no session, or not yet, or no more.
func (d Demand) newcomers() int { return max(minLinkSpare, d.Gateways/linkSpare) }

// neededGateways is what the gateways' connections need.
func (d Demand) neededGateways() int {
	if d.Gateways == 0 {
		return 0
	}
	return d.Gateways + d.newcomers()
}

// neededFiles is the least limit of open files that everything fits in.
func (d Demand) neededFiles() int {
	return ownFiles + d.neededLinks() + minClients + d.Processes*processFiles + d.neededGateways() + minPosts
}

func (b *Budget) divideFiles(processors int) {
	files := b.Limits.Files
	b.Own = min(ownFiles, files/share)
	b.Processes = b.Demand.Processes * processFiles
	b.Gateways, b.Newcomers = b.Demand.neededGateways(), b.Demand.newcomers()
	asked := b.Processes + b.Gateways
	rest := files - b.Own - b.Demand.neededLinks()
	b.Clients = clamp(files/share, minClients, min(maxClients, rest-minPosts-asked))
	rest -= b.Clients + asked
	b.Posts = clamp(files/share, minPosts, rest)
	b.Links = max(1, files-b.Own-b.Clients-asked-b.Posts)
	b.Dials = max(1, min(dialsPerProcessor*processors, b.Links/2))
}

// clamp is n, but not above most, and not below least whatever most is.
func clamp(n, least, most int) int { return max(least, min(n, most)) }
