package deliver

import "sync"

// host is who answers at an origin: a scheme, a host and a port. All endpoints there share it.
type host struct {
	circuit *circuit // opens when there is no connection
	line    line     // at the poster's gate
	users   int
}

// address is a URL that deliveries are posted to. All endpoints with that URL share it.
type address struct {
	circuit *circuit // opens when deliveries are not taken
	users   int
}

// receivers are those that some endpoint posts to. Its methods may be called from any goroutine.
type receivers struct {
	mu        sync.Mutex
	byOrigin  map[string]*host
	byAddress map[string]*address
}

func newReceivers() *receivers {
	return &receivers{byOrigin: make(map[string]*host), byAddress: make(map[string]*address)}
}

// join returns what the endpoints of a URL share; part must follow.
func (r *receivers) join(origin, url string) (*host, *address) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.byOrigin[origin]
	if at == nil {
		at = &host{circuit: newCircuit()}
		r.byOrigin[origin] = at
	}
	in := r.byAddress[url]
	if in == nil {
		in = &address{circuit: newCircuit()}
		r.byAddress[url] = in
	}
	at.users++
	in.users++
	return at, in
}

// part forgets what no endpoint shares any more.
func (r *receivers) part(origin, url string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := r.byOrigin[origin]; at != nil {
		if at.users--; at.users == 0 {
			delete(r.byOrigin, origin)
		}
	}
	if in := r.byAddress[url]; in != nil {
		if in.users--; in.users == 0 {
			delete(r.byAddress, url)
		}
	}
}

// open counts the circuits that are open.
func (r *receivers) open() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, at := range r.byOrigin {
		if at.circuit.view().open {
			n++
		}
	}
	for _, in := range r.byAddress {
		if in.circuit.view().open {
			n++
		}
	}
	return n
}
