// Package supervisor holds the rules of a relay's life: what a failure of its link means, and what happens next.
//
// The rules are a pure function. Policy.Judge takes a failure, the history and a jitter, and returns a verdict and the
// new history; it has no clock, no randomness and no state of its own, so it is tested as a table and against a model.
// LinkSupervision is the actor.SupervisorStrategy that carries the verdict out. No other place in Hermod compares a
// close code.
//
//	failure                              before any handshake   after one
//	dial error, drop, any other close    backoff                backoff
//	4401 or HTTP 401                     backoff                by strategy, below
//	4403 or HTTP 403                     backoff                backoff
//	1008, 4000, 1000 "replaced…", 1013   backoff from the ladder's third rung
//	a wrong configuration                failed
//
//	strategy             a live link is closed 4401   a dial is refused 4401 or 401
//	Terminal (default)   disabled                     confirmed, then disabled
//	Strict               disabled                     disabled
//	Confirm              confirmed, then disabled     confirmed, then disabled
//
// A link is live once it has its descriptor. To confirm is to dial once more, at once, with a fresh token; the relay
// is disabled if that dial is refused as well. A dial that fails for another reason leaves the confirmation open. One
// that gets its descriptor ends it, and the next confirming dial waits on the ladder until a connection was stable.
// The reason "expired" is never final but in Strict: it is retried with backoff, like every dial with a fresh token.
//
// The ladder is Backoff: min(base·2^(n-1), max), with jitter over its upper half. n goes back to the start only after a
// connection stayed up for Policy.Stable, counted from its first descriptor, so that a connector which accepts and
// drops is not hammered.
//
// An actor raises a failure with Raise, from its Receive; a panic that was not raised is a bug and becomes a BugError,
// which is retried like a drop.
//
// Imported by hermod/actors; imports hermod/messages, hermod/wire and protoactor only.
package supervisor
