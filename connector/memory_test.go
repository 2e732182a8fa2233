package connector_test

import (
	"context"
	"net"
	"sync"

	"hermod/wire/wiretest"
)

var listeners sync.Map // address → *wiretest.Listener

// listenInMemory gives a connector a listener for virtual time; its sockets hold a known number of bytes. dialAny
// finds it.
func listenInMemory() net.Listener {
	l := wiretest.NewListener()
	listeners.Store(l.Addr().String(), l)
	return l
}

// dialAny dials a listener in memory, or one that the kernel knows.
func dialAny(ctx context.Context, network, addr string) (net.Conn, error) {
	if l, ok := listeners.Load(addr); ok {
		return l.(*wiretest.Listener).Dial(ctx, network, addr)
	}
	return new(net.Dialer).DialContext(ctx, network, addr)
}
