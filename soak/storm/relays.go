package main

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"time"

	"hermod/actors"
	"hermod/wire"
)

// order is what a worker is told, as JSON on its standard input.
type order struct {
	Relays  int
	URL     string // of the connector; of the connector's worker, HOST:PORT to listen at
	Secret  string
	Roots   string // PEM; "" without TLS
	Key     string // PEM of the connector's certificate with its key
	Phase   string // of the connector
	DataDir string // of the connector
}

// What a relay tells of itself, each with its number and a time.
const (
	dialled = 'd'
	isReady = 'r'
	isLost  = 'l'
	isOver  = 'o' // it will never dial again
)

// event is a line of the relays' standard output.
type event struct {
	what  byte
	relay int
	at    time.Time
}

// beRelays runs the relays until the input ends, and tells every dial and every change.
func beRelays(in io.Reader, out io.Writer) error {
	var o order
	input := json.NewDecoder(in)
	if err := input.Decode(&o); err != nil {
		return err
	}
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(o.Roots))
	events := make(chan event, 4*o.Relays)
	for i := range o.Relays {
		cfg := actors.Config{URL: o.URL, TLS: actors.TLS{RootCAs: roots}, GatewayID: gatewayID(i),
			Secret:     wire.Secret(o.Secret),
			Identities: []wire.Identity{{Platform: "discord", BotID: "b"}},
			Handlers:   actors.Handlers{Inbound: func(context.Context, *actors.Inbound) error { return nil }},
			Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				events <- event{dialled, i, time.Now()}
				return new(net.Dialer).DialContext(ctx, network, addr)
			}}
		relay, err := engine.Spawn(gatewayID(i), cfg)
		if err != nil {
			return err
		}
		go tell(relay, i, events)
	}
	go func() {
		_ = input.Decode(&o) // ends with the input
		_ = engine.Close(context.Background())
		close(events)
	}()
	return write(out, events)
}

func gatewayID(i int) string { return fmt.Sprintf("gateway-%d", i) }

// tell watches one relay.
func tell(relay *actors.Relay, i int, events chan<- event) {
	ready := false
	defer func() { _ = recover() }() // the program ends
	for status := range relay.Watch(context.Background()) {
		if now := status.State == actors.Ready; now != ready {
			ready = now
			what := byte(isLost)
			if ready {
				what = isReady
			}
			events <- event{what, i, time.Now()}
		}
	}
	events <- event{isOver, i, time.Now()}
}

// write prints events, soon.
func write(out io.Writer, events <-chan event) error {
	buffered := bufio.NewWriterSize(out, 1<<16)
	for e := range events {
		fmt.Fprintf(buffered, "%c %d %d\n", e.what, e.relay, e.at.UnixNano())
		if len(events) == 0 {
			if err := buffered.Flush(); err != nil {
				return err
			}
		}
	}
	return buffered.Flush()
}
