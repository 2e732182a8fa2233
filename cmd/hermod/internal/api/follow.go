package api

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/tmaxmax/go-sse"

	"hermod/cmd/hermod/internal/access"
)

const (
	// peerHeartbeat is how often the stream of events shows another node that it lives, and peerSilence how long one may
	// say nothing before its bots are unknown.
	peerHeartbeat = 2 * time.Second
	peerSilence   = 5 * time.Second
	// followPause is the pause before a node is asked again.
	followPause = time.Second
	// maxPeerEvent bounds one event of a node, in bytes: the figures of a hundred thousand bots.
	maxPeerEvent = 16 << 20
)

// peerEvent is what a node tells; without a kind it tells nothing any more.
type peerEvent struct {
	node, kind string
	data       []byte
}

// follow reads a node's events again and again until ctx ends.
func (a *api) follow(ctx context.Context, node string, client *access.Caller, news chan<- peerEvent) {
	tell := func(e peerEvent) bool {
		select {
		case news <- e:
			return true
		case <-ctx.Done():
			return false
		}
	}
	for ctx.Err() == nil {
		if body, err := a.Cluster.Ask(ctx, node, "/v1/events", client); err == nil {
			readPeer(body, func(kind string, data []byte) bool { return tell(peerEvent{node, kind, data}) })
		}
		tell(peerEvent{node: node})
		select {
		case <-ctx.Done():
		case <-time.After(followPause):
		}
	}
}

// readPeer reads events to their end, or until the node is silent for too long.
func readPeer(body io.ReadCloser, tell func(kind string, data []byte) bool) {
	quiet := time.AfterFunc(peerSilence, func() { _ = body.Close() })
	defer func() {
		quiet.Stop()
		_ = body.Close()
	}()
	for event, err := range sse.Read(&patient{body, quiet}, &sse.ReadConfig{MaxEventSize: maxPeerEvent}) {
		if err != nil || !tell(event.Type, []byte(event.Data)) {
			return
		}
	}
}

// patient has a node's silence counted only while it is waited for: not while a slow client takes what it said.
type patient struct {
	io.Reader
	quiet *time.Timer
}

var errQuiet = errors.New("the node was silent for too long")

func (p *patient) Read(b []byte) (int, error) {
	p.quiet.Reset(peerSilence)
	n, err := p.Reader.Read(b)
	if !p.quiet.Stop() && err == nil {
		err = errQuiet
	}
	return n, err
}
