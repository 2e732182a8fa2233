// Package store keeps what must outlive the daemon: dead letters, idempotency keys, and which bots an operator
// disabled.
//
// It is one file in the state folder, readable by its owner only. One goroutine writes it: whatever is asked for while
// the disk syncs goes into the next transaction. Callers wait for the disk, in a bounded queue, for as long as their
// context allows; what an actor asks for (SetDisabled) never waits, and is bounded by the number of bots.
//
// A store without a folder has all the same in memory, within a smaller bound, and forgets it at the end; see
// Store.Durable.
//
// The file names the format that it was written in. A newer one is refused, and so is a file that is damaged, or that
// another daemon uses.
package store
