// Package suite is the benchmark program: the table of rows, the goals, and the reports.
//
// A row is a client under a load, a run of it is two processes of this executable or of a baseline's (package workload
// says what they do), and a figure is the median of a row's runs. Rounds interleave the rows, so a figure and the one that
// it is compared with come from the same minutes, and ratios are taken run by run.
//
// NewCommand is all that programs use. It is not meant to be run twice at the same time: the load of one is the noise of
// the other.
package suite
