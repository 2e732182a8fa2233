// Package messages holds what a gateway says to a relay, and what it hears of it.
//
// A gateway that is built on Proto.Actor itself spawns a relay under its own parent (actors.Engine.RelayProps) and
// sends it the messages of ToRelay; everybody else has the same in the methods of actors.Relay. A Status says how a
// relay is, with its Counters; a Watcher follows it.
//
// A message is data, sent as a pointer and never changed after it was sent; a []byte in it belongs to the recipient.
// Commands are imperative (Perform, Wake), events past tense. A reply travels over a channel with room for one value,
// so that its sender never blocks, or as a message to the sender.
//
// What the actors of an engine say to each other is private to package actors, with the same rules.
//
// Imports hermod/wire only.
package messages
