// Package remote is how commands reach a running daemon: [Connect] makes a client of its HTTP API, [Read] takes an
// answer or turns a refusal into an error that says what to do, and [Daemon.Names] finds the bots that a user means.
//
//	daemon, err := remote.Connect(remote.Options{Daemon: cli.Endpoint{URL: cli.DefaultURL}})
//	...
//	bot, err := remote.Read[client.Bot](daemon.GetBot(ctx, "support"))
//
// Errors are *cli.ExitError with the exit codes of this package, so a command returns them as they are.
package remote
