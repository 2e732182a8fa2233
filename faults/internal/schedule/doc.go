// Package schedule is what is done to the processes of the lab, and when: a list of timed steps that follows from a
// seed. Traffic and faults are steps alike, so that a schedule that fails is shrunk by leaving steps out.
package schedule
