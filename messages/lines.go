package messages

import "hermod/wire"

// Lines are frames that were read together, in one block of memory that belongs to the message.
type Lines struct {
	// Data holds the lines one after the other, without their line ends.
	Data []byte
	// Ends holds the end of each line in Data.
	Ends []int
}

// Frames are frames that were read together. Unlike the list, which belongs to the message, the lines may be kept.
type Frames struct {
	List []Frame
	// Size is the sum of the lines' lengths.
	Size int
}

// Frame is one line and its frame type.
type Frame struct {
	Line  []byte
	Kind  wire.Kind
	Block *Block
}

// Block is memory that the lines of several frames share.
type Block struct {
	Data []byte
	// Users counts the frames that may still refer to Data. It is the reader's until the frames were sent, then the inbox's.
	Users int
}
