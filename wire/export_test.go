package wire

// What the tests see beside what is exported.
var (
	Sign    = sign
	IsNamed = isNamed
)
