// Package cli is what the commands of hermod share: exit codes, usage errors, secrets from files and the environment,
// and how a daemon is reached.
package cli
