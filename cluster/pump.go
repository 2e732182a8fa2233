package cluster

import (
	"errors"
	"io"
)

// Pump copies bytes until from has no more of them, and holds few while from is quiet. What it writes must not be
// referred to any more when to.Write returns. The error is of either side; the end of from is none.
func Pump(to io.Writer, from io.Reader) error {
	buffer := make([]byte, minChunk)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if _, failed := to.Write(buffer[:n]); failed != nil {
				return failed
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case n == len(buffer) && n < maxPiece:
			buffer = make([]byte, 2*n)
		case n < len(buffer)/4 && len(buffer) > minChunk:
			buffer = make([]byte, len(buffer)/2)
		}
	}
}
