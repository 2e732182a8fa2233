// Package cli is what the commands of hermod share: exit codes, usage errors, and secrets from files and the
// environment.
package cli
