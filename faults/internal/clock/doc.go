// Package clock lets the wall clocks of the lab's processes jump, which nobody can do to a process from outside.
// Programs are built with an overlay of package time, and are otherwise what they are: [time.Now] adds an offset to
// the wall clock that it reads from a file, which the process has mapped and the lab writes. The monotonic clock,
// timers and deadlines go on as they did, as they do when a machine's clock is set.
package clock
