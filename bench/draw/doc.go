// Package draw has what all pictures of measurements share: text at a place, and round numbers for axes. Its functions
// hold no state and are safe for concurrent use.
package draw
