package actors

import "sync"

// maxKeptBytes is the most memory that a pooled message keeps: one huge frame must not stay in memory.
const maxKeptBytes = 256 << 10

var requestsPool = sync.Pool{New: func() any { return new(writeRequests) }}

// appendRequest adds a frame to a message, which may be nil.
func appendRequest(m *writeRequests, frame []byte) *writeRequests {
	if m == nil {
		m = requestsPool.Get().(*writeRequests)
	}
	m.bytes = append(m.bytes, frame...)
	m.ends = append(m.ends, len(m.bytes))
	return m
}

// Lender implements mailbox.Lending: the registry writes what it gathered.
func (*writeRequests) Lender() *sender { return aSender }

// releaseRequests gives a message back. The caller must not touch it afterwards.
func releaseRequests(m *writeRequests) {
	if cap(m.bytes) <= maxKeptBytes {
		m.bytes, m.ends = m.bytes[:0], m.ends[:0]
		requestsPool.Put(m)
	}
}
