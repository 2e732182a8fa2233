// Package suite is the benchmark program: the table of rows, the goals, and the reports.
//
// A row is a client under a load. A run of it is two processes, of this executable or of a baseline's; package workload
// says what they do. A figure is the median of a row's runs. Rounds interleave the rows, so two figures that are
// compared come from the same minutes, and ratios are taken run by run.
//
// Programs only need NewCommand. Do not run it twice at the same time: each would disturb the other's measurement.
package suite
