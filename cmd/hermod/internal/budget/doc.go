// Package budget says what each part of the daemon may use of what the process may use: open files and memory.
//
// Every number that bounds the whole daemon is computed here, by [Make], from three things: the limit of open files
// (RLIMIT_NOFILE, whose soft limit the Go runtime has raised to the hard one), the limit of memory (GOMEMLIMIT, or the
// cgroup's), and what the configuration asks for. The parts keep to their numbers by themselves.
//
//	open files   the daemon's own, then a connection for each bot, then clients of the HTTP server, then subprocesses,
//	             gateways behind the daemon and posts to webhooks; what is left goes to the bots' connections
//	memory       a part for the daemon and its bots, then a quarter of the rest for deliveries that are not settled, and
//	             a quarter for requests without a result
//
// [Budget.Shortages] names what does not fit.
package budget
