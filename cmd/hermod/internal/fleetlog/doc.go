// Package fleetlog tells the log what becomes of a fleet's bots, in few lines that say much, whatever the size of the
// fleet: [Start] follows the fleet's transitions and keeps an account of them.
//
//   - Fewer than ten bots in trouble are named: at the first failure, at each new cause, after a minute, ten minutes
//     and then hourly, and when they are connected again.
//   - From ten on it is an outage of their connector: a line when it begins and at 100, 1,000 and 10,000 bots, then
//     after 1, 2, 5, 10 and 30 minutes and hourly, each with how many bots are down, since when and why, and a line at
//     its end. Three connectors have outages of their own; those of all further ones are summed up.
//   - What bots do that are not in trouble (they connect, fall asleep, are disabled, end, leave) names the first three
//     bots of each kind and counts the others.
//   - No more than 28 lines are written at once, and one more every 30 s: 48 in ten minutes. Lines that are left out
//     are counted in the next one. The relays' own lines are at level debug.
//
// The same account is there as figures for metrics. One goroutine owns it.
package fleetlog
