package daemon

import (
	"fmt"
	"io"
	"net/http"
	"testing"
)

// slowBodies opens connections that ask for something, announce a body and send none.
func slowBodies(t *testing.T, address string, connections int) (all []*intruder) {
	t.Helper()
	for i := range connections {
		slow := intrude(t, address)
		path := []string{"/v1/bots/a/actions", "/v1/bots/a/acks", "/healthz", "/wake"}[i%4]
		_, err := fmt.Fprintf(slow.conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n", path)
		must(t, err)
		all = append(all, slow)
	}
	return all
}

func TestSlowBodiesKeepNobodyOut(t *testing.T) {
	const bound, attack = 128, 300
	address := freeAddress(t)
	runWith(t, doorFile("listen: '"+address+"'"), func(o *Options) { o.connections = bound })
	slow := slowBodies(t, address, attack)
	for _, path := range []string{"/healthz", "/v1/bots"} {
		if status := intrude(t, address).ask(path); status != http.StatusOK {
			t.Errorf("answered %d to %s", status, path)
		}
	}
	for _, s := range slow[:attack-bound] {
		_, _ = io.Copy(io.Discard, s.in) // returns because the connection is over
	}
}

func TestTheTokenIsCheckedBeforeTheBody(t *testing.T) {
	address := freeAddress(t)
	run(t, doorFile("listen: '"+address+"', token: {env: SECRET}"))
	for _, slow := range slowBodies(t, address, 2) {
		response, err := http.ReadResponse(slow.in, nil)
		must(t, err)
		if response.StatusCode != http.StatusUnauthorized {
			t.Errorf("answered %d", response.StatusCode)
		}
	}
}
