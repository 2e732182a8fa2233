package limit

const (
	minConnections = 16
	maxConnections = 16 << 10
)

// Connections returns how many connections a server may keep: a quarter of the files that the process may open, so that
// dials, deliveries and files have the rest; from 16 to 16,384.
func Connections() int { return share(MaxFiles()) }

func share(files uint64) int {
	return int(min(max(files/4, minConnections), maxConnections))
}
