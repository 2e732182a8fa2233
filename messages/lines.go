package messages

import "hermod/wire"

// Lines are frames that were read together, in one block of memory that belongs to the message.
type Lines struct {
	// Data holds the lines one after the other, without their line ends.
	Data []byte
	// Ends holds the end of each line in Data, Kinds its frame type.
	Ends  []int
	Kinds []wire.Kind
}
