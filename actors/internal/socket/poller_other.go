//go:build !linux

package socket

import "errors"

// Poller does not exist here: idle readers keep their goroutines.
type Poller struct{}

func newPoller(func(func()), func() Turn) *Poller { return nil }

func (*Poller) close() {}

func (*Poller) park(int, *Parking) error { return errors.ErrUnsupported }

func (*Poller) mute(int) {}

func (*Poller) rested(*Parking) {}
