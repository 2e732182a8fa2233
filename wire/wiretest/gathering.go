package wiretest

import "net"

// Gathering is a connection whose writes are kept while Gathers is set: Kept is what waits, for the test to write at
// once. It belongs to one goroutine.
type Gathering struct {
	net.Conn
	Gathers bool
	Kept    []byte
}

// Write keeps the data, or writes it.
func (g *Gathering) Write(data []byte) (int, error) {
	if g.Gathers {
		g.Kept = append(g.Kept, data...)
		return len(data), nil
	}
	return g.Conn.Write(data)
}
