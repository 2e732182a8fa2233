package clustered_test

import (
	"context"
	"log/slog"
	"testing"

	"hermod/cluster"
	"hermod/cmd/hermod/internal/clustered"
	"hermod/cmd/hermod/internal/config"
)

// A bot that moved away and came back has another epoch: with the first one a connector would refuse it.
func TestABotDialsWithTheEpochOfTheClaimThatItRunsUnder(t *testing.T) {
	const desired = `{"name":"a","url":"wss://connector.example","identities":[{"platform":"discord"}],"deliver":{"stream":{}}}`
	applied := make(chan []*config.Bot)
	host := clustered.New(clustered.Options{Logger: slog.New(slog.DiscardHandler),
		Apply: func(bots []*config.Bot, _ map[string]config.Sum) error {
			applied <- bots
			return nil
		}})
	host.Serve(nil, nil)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go host.Run(ctx)
	for epoch := range int64(3) {
		running := host.Start(cluster.Grant{Bot: "a", Epoch: epoch + 7, Desired: cluster.Desired{JSON: desired, Revision: 1}})
		bots := <-applied
		if len(bots) != 1 {
			t.Fatalf("%d bots are applied", len(bots))
		}
		relay, err := bots[0].Relay()
		if err != nil || relay.Epoch != epoch+7 {
			t.Errorf("under epoch %d it dials with %d, error %v", epoch+7, relay.Epoch, err)
		}
		running.Change(cluster.Desired{JSON: desired, Revision: 2 + epoch})
		if bots = <-applied; bots[0].Epoch != epoch+7 {
			t.Errorf("after a change of its settings the epoch is %d", bots[0].Epoch)
		}
		_ = running
	}
}
