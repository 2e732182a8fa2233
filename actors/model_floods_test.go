package actors_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
	"hermod/wire/wiretest"
)

// floodResults has the connector send results that nobody asked for, small and large.
func (r *simRun) floodResults(rng *rand.Rand) {
	var message []byte
	for range 1 + rng.IntN(2000) {
		size := 0
		if rng.IntN(100) == 0 {
			size = rng.IntN(20_000)
		}
		result := wire.ParseResult(fmt.Appendf(nil, `{"success":true,"message_id":"%*s"}`, size, ""))
		message = wire.AppendOutboundResult(message, fmt.Sprintf("%016x%016x", rng.Uint64(), rng.Uint64()), result)
	}
	r.connector.mu.Lock()
	defer r.connector.mu.Unlock()
	if c := r.connector.conn; c != nil {
		r.ledger.note("conn %d ◀ %d bytes of results", c.number, len(message))
		c.send(message)
	}
}

// floodEvents fills a small queue, and what is read beyond it.
func (r *simRun) floodEvents(rng *rand.Rand) {
	for range 3 + rng.IntN(8) {
		r.newEvents(rng)
	}
}

// describe answers a hello. Some descriptors come in pieces, and some behind a ping.
func (s *simConnector) describe(c *simConn, descriptor []byte) {
	rng := s.run.pick("pieces", c.number)
	if s.run.calm.Load() || rng.IntN(3) > 0 {
		c.send(descriptor)
		return
	}
	pinged, message := rng.IntN(2) == 0, rng.IntN(2) == 0
	pieces := cutInPieces(rng, descriptor)
	pause := s.run.span(time.Second, "pieces", c.number)
	c.say(simOut{do: func(w *wiretest.Conn) error {
		if pinged {
			if err := w.Ping(); err != nil {
				return err
			}
		}
		for i, piece := range pieces {
			op, last := ws.OpText, message || i == len(pieces)-1
			if i > 0 && !message {
				op = ws.OpContinuation
			}
			if err := w.SendRaw(ws.MustCompileFrame(ws.NewFrame(op, last, piece))); err != nil {
				return err
			}
			time.Sleep(pause)
		}
		return nil
	}})
}

func cutInPieces(rng *rand.Rand, data []byte) (pieces [][]byte) {
	for len(data) > 0 {
		n := min(len(data), 1+rng.IntN(150))
		pieces = append(pieces, data[:n])
		data = data[n:]
	}
	return pieces
}
