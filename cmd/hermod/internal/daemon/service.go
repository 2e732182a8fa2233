package daemon

import (
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"
)

// statusInterval separates the sentences that the service manager shows.
const statusInterval = 2 * time.Second

// service is the service manager, systemd, as it is talked to; without one everything is said to nobody.
type service struct{ told string }

func newService() *service { return new(service) }

// say ignores a manager that cannot be reached: the bots are worth more than the news about them.
func (s *service) say(state string) { _, _ = systemd.SdNotify(false, state) }

func (s *service) ready()    { s.say(systemd.SdNotifyReady) }
func (s *service) stopping() { s.say(systemd.SdNotifyStopping) }
func (s *service) alive()    { s.say(systemd.SdNotifyWatchdog) }

// reloading carries the clock's reading, by which the manager tells this reload from an earlier one.
func (s *service) reloading() {
	s.say(systemd.SdNotifyReloading + "\n" + systemd.SdNotifyMonotonicUsec())
}

// status tells a sentence that is new.
func (s *service) status(sentence string) {
	if s.told != sentence {
		s.told = sentence
		s.say("STATUS=" + sentence)
	}
}

// watchdog ticks twice as often as the manager wants to hear that the daemon is alive; never when it does not.
func (s *service) watchdog() (ticks <-chan time.Time, stop func()) {
	interval, err := systemd.SdWatchdogEnabled(false)
	if err != nil || interval <= 0 {
		return nil, func() {}
	}
	ticker := time.NewTicker(interval / 2)
	return ticker.C, ticker.Stop
}
