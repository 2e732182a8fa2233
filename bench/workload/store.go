package workload

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"hermod/connector"
	"hermod/wire"
)

// eventSize is that of an event in a frame of 420 bytes.
const eventSize = 380

// dialStore writes events into the store of a daemon, from as many chats at a time as the peer has, and does no more:
// the limit of what can be kept. It leaves the peer alone.
func dialStore(_ context.Context, _ Target, handler *Handler) (Client, error) {
	c, err := connector.Start(connector.Config{
		Gateways:    map[string][]wire.Secret{"local": {behindSecret}},
		MaxBuffered: 1 << 30, MaxBufferedBytes: 1 << 40,
	})
	if err != nil {
		return nil, err
	}
	s := &storeClient{connector: c}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	for i := range chats {
		chat := fmt.Sprintf("chat-%02d", i)
		s.wg.Go(func() { s.write(ctx, chat, bytes.Repeat([]byte{'e'}, eventSize), handler) })
	}
	return s, nil
}

// storeClient is a store that is written.
type storeClient struct {
	connector *connector.Connector
	cancel    context.CancelFunc
	wg        sync.WaitGroup
}

// write keeps one event after the other, each of which is on disk before the next.
func (s *storeClient) write(ctx context.Context, chat string, event []byte, handler *Handler) {
	for ctx.Err() == nil && s.connector.Keep(ctx, "local", connector.Parcel{Object: event}) == nil {
		handler.Chat(ctx, chat)
	}
}

func (s *storeClient) Send(context.Context, string, string) error { return ErrNoRequests }

func (s *storeClient) Close() {
	s.cancel()
	s.wg.Wait()
	_ = s.connector.Close(context.Background())
}
