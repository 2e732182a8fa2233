// Package journal is what the processes of the lab write down, each in a file of its own: a line of JSON for each
// entry, appended with one system call, so that a process that is killed leaves all that it noted before. One reader
// follows all of them.
package journal
