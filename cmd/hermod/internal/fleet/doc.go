// Package fleet keeps the daemon's bots: one relay per bot of the configuration, each supervised alone.
//
//	fleet                  owns the bots by name, their last transitions, and who watches them
//	└── bot/<name>         owns one bot: what it should be, and what runs of it
//	    └── relay          an actors.Relay, spawned from the props of the fleet's engine
//
// [Fleet.Apply] compares a configuration with what runs: added bots start, removed ones drain and close, changed ones
// drain and start again, and the rest do not notice. [Fleet.Watch] tells of transitions; a reader that lags finds the
// newest status of each bot, never a backlog.
//
// A bot has what the relay has, and three more: it is starting while its delivery and the connector's boot plane are
// made ready, draining while a relay of it ends, and disabled when the file or an operator says so. Beside the state of
// its connection stands that of its deliveries, [Health].
package fleet
