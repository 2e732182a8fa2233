package wire

// Sign makes the signature of a token visible to the tests.
var Sign = sign
