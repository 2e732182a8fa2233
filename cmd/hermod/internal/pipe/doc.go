// Package pipe speaks with a program in lines of JSON: records go to it, commands come from it, as 'hermod pipe --help'
// describes them. What runs the relay, and when it ends, is its user's business.
package pipe
