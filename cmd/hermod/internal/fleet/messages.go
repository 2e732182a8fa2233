package fleet

import (
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
)

// toFleet is what the fleet's actor understands.
type toFleet interface{ toFleet() }

type (
	// apply asks the fleet to be what a configuration says.
	apply struct {
		forFleet
		cfg   *config.Config
		reply chan<- applied
	}
	listBots struct {
		forFleet
		reply chan<- []*Bot
	}
	listStatuses struct {
		forFleet
		reply chan<- []BotStatus
	}
	findBot struct {
		forFleet
		name  string
		reply chan<- *Bot
	}
	// nextEvents asks for what is new since the watcher's last request; the answer comes when there is something.
	nextEvents struct {
		forFleet
		watcher *watcher
		reply   chan<- []news
	}
	unwatch struct {
		forFleet
		watcher *watcher
	}
	// closeFleet drains every bot; hurry cuts off those that still drain.
	closeFleet struct {
		forFleet
		deadline time.Time
	}
	hurry struct{ forFleet }
	// botChanged tells of a bot's transition.
	botChanged struct {
		forFleet
		bot    *Bot
		status record
		sources
	}
	// botRetired says that a bot that left the configuration has nothing running any more.
	botRetired struct {
		forFleet
		bot *Bot
	}
)

// applied answers apply.
type applied struct {
	changes Changes
	err     error
}

// toBot is what a bot's actor understands.
type toBot interface{ toBot() }

type (
	// configure says what the bot is to be from now on.
	configure struct {
		forBot
		config *config.Bot
		budget time.Duration // for draining
		delay  time.Duration // of the first start
	}
	// retire says that the bot left the configuration: it drains, until deadline, and says botRetired.
	retire struct {
		forBot
		deadline time.Time
	}
	// cutOff ends what drains at once.
	cutOff struct{ forBot }
	// enable and disable are an operator's word.
	enable  struct{ forBot }
	disable struct{ forBot }
	// reconnect dials at once, with a new relay unless the running one merely waits for its next dial.
	reconnect struct{ forBot }
	// sleep has the relay go dormant and stay so; wake ends that.
	sleep struct {
		forBot
		reply chan<- slept
	}
	wake struct{ forBot }
	// getStatus asks for the status; the relay, if there is one, knows the rest.
	getStatus struct {
		forBot
		reply chan<- snapshot
	}
	getConfig struct {
		forBot
		reply chan<- *config.Bot
	}
)

// snapshot answers getStatus.
type snapshot struct {
	status record
	sources
}

// slept answers sleep.
type slept struct {
	asleep bool
	err    error
}

// What the goroutines, timers and relays of a bot's actor report; turn is the start that they belong to.
type (
	// waiting shows what keeps a bot from starting.
	waiting struct {
		forBot
		turn uint64
		err  error
		hint string
	}
	// prepared brings what a relay is spawned from, or why there is to be none.
	prepared struct {
		forBot
		turn      uint64
		config    *config.Bot // with what the connector issued
		relay     actors.Config
		deliverer Deliverer
		err       error
		taken     chan struct{} // closed by the bot's actor, which owns the deliverer from then on
	}
	relayChanged struct {
		forBot
		turn   uint64
		status actors.Status
	}
	// deliveryChanged brings what a deliverer reports.
	deliveryChanged struct {
		forBot
		turn   uint64
		health Health
	}
	// dozed says whether the relay went dormant.
	dozed struct {
		forBot
		turn   uint64
		asleep bool
	}
	// farewell says that the connector buffers from now on, or does not answer.
	farewell struct {
		forBot
		turn uint64
	}
	// ended says that the deliverer was closed after its relay, so that nothing of the turn runs any more.
	ended struct {
		forBot
		turn uint64
	}
	// napDue is the timer that keeps a sleeping relay from dialling.
	napDue struct {
		forBot
		turn uint64
	}
	// restartDue is the timer before a postponed start, or after a relay that stopped by itself.
	restartDue struct {
		forBot
		turn uint64
	}
)

type forFleet struct{}

func (forFleet) toFleet() {}

// IgnoreDeadLetterLogging keeps a message that finds the fleet gone out of the framework's log.
func (forFleet) IgnoreDeadLetterLogging() {}

type forBot struct{}

func (forBot) toBot() {}

// IgnoreDeadLetterLogging keeps a message that finds its bot gone out of the framework's log.
func (forBot) IgnoreDeadLetterLogging() {}
