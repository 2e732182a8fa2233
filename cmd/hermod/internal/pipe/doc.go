// Package pipe speaks with a program in lines of JSON: records go to it, commands come from it, as 'hermod pipe --help'
// describes them. The caller decides what runs the relay and when it ends.
package pipe
