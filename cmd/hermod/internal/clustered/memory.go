package clustered

import (
	"context"
	"log/slog"
	"time"

	"hermod/cluster"
)

// again is the pause before the store is told again.
const again = time.Second

// Memory has the cluster keep which bots an operator disabled. It implements fleet.Memory.
type Memory struct {
	Node   *cluster.Node
	Logger *slog.Logger
}

// Disabled implements fleet.Memory. A bot that was disabled is no node's, so it is in no fleet.
func (m Memory) Disabled(string) bool { return false }

// SetDisabled implements fleet.Memory. The store is told until it knows, or the node has left.
func (m Memory) SetDisabled(bot string, disabled bool) {
	go func() {
		for {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			err := m.Node.SetDisabled(ctx, bot, disabled)
			cancel()
			if err == nil {
				return
			}
			m.Logger.Warn("the cluster does not know yet that an operator switched a bot; it is told again", "bot", bot,
				"disabled", disabled, "err", err)
			select {
			case <-m.Node.Left():
				return
			case <-time.After(again):
			}
		}
	}()
}
