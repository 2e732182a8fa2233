package workload

import (
	"context"
	"fmt"
)

// behindSecret signs the tokens with which a client dials its daemon as behindGateway.
const (
	behindGateway = "local"
	behindSecret  = "benchmark"
)

// openBehind is openHermod with `hermod run`, in a process of its own, between each connection and the peer. durable
// has the daemon keep every event on disk before it acknowledges it.
func openBehind(durable bool) func() (Dial, func(), error) {
	return func() (Dial, func(), error) {
		var daemons []*daemon
		direct, closeAll, err := openEngine(releasing, behindGateway, behindSecret)
		if err != nil {
			return nil, nil, err
		}
		dial := func(ctx context.Context, to Target, handler *Handler) (Client, error) {
			d, err := startDaemon(ctx, behindConfig(to.URL, durable))
			if err != nil {
				return nil, err
			}
			daemons = append(daemons, d)
			return direct(ctx, Target{URL: "ws://" + d.Gateways + "/relay"}, handler)
		}
		return dial, func() {
			closeAll()
			for _, d := range daemons {
				d.end()
			}
		}, nil
	}
}

func behindConfig(peer string, durable bool) string {
	return fmt.Sprintf(`http: {listen: '127.0.0.1:0'}
state: state
gateways: {listen: '127.0.0.1:0', durable: %t}
bots:
  - name: bot
    url: %s
    identities: [{platform: discord, bot_id: b1}]
    deliver: {relay: {gateway_id: %s, secret: {env: SECRET}}}
`, durable, peer, behindGateway)
}
