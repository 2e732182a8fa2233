//go:build !linux

package actors

import "errors"

// poller does not exist here: idle pumps keep their goroutines.
type poller struct{}

func newPoller() *poller { return nil }

func (*poller) close() {}

func (*poller) park(int, *connection) error { return errors.ErrUnsupported }
