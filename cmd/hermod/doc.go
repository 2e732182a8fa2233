// Command hermod keeps bots connected: the relay engine's command line.
//
// Exit codes of every subcommand: 0 done, 1 failed while running, 2 used wrongly (the message says
// which flag and what to do). A subcommand's help names further ones.
package main
