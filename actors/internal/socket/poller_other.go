//go:build !linux

package socket

import "errors"

// Poller does not exist here: idle readers keep their goroutines.
type Poller struct{}

func newPoller(func(func())) *Poller { return nil }

func (*Poller) close() {}

func (*Poller) park(int, *Parking) error { return errors.ErrUnsupported }
