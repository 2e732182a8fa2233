//go:build !cluster

package message

const (
	// Schema is the newest version of the schema that this program understands. A call that older nodes would carry out
	// wrongly needs a newer one.
	Schema = 1
	// Oldest is the oldest version that this program still speaks with.
	Oldest = 1
)
