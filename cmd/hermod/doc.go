// Command hermod keeps bots connected: the relay engine's command line.
//
// Every subcommand exits with 0 when it is done, 1 when it failed while running, and 2 when it was used wrongly; the
// message then names the flag and says what to do. A subcommand's help lists its further exit codes. README.md in this
// folder is the manual.
package main
