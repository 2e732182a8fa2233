package adapter

import "hermod/wire"

// Piece is a chunk before it has its indicator.
type Piece struct{ Opening, Body, Closing string }

// Pieces cuts a text as Chunk does when each chunk leaves that much free.
func Pieces(text string, limit int, unit wire.LenUnit) []Piece {
	var pieces []Piece
	for _, c := range (chunker{limit: limit, reserve: indicatorReserve, unit: unit}).split(text) {
		pieces = append(pieces, Piece{c.opening, c.body, c.closing})
	}
	return pieces
}

// EndsInFence says whether a text ends inside a code block.
func EndsInFence(text string) bool { return outlineOf(text, fence{}).open }
