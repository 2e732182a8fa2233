package actors

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// newSystem makes an actor system of the engine's own. The framework has a goroutine wait for the throttling interval
// after a dead letter: a short one, since none may be left when the engine is closed.
func newSystem(log *slog.Logger) *actor.ActorSystem {
	system := actor.NewActorSystem(
		actor.WithDeadLetterThrottleInterval(time.Millisecond),
		actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(frameworkHandler{log.Handler()}) }))
	shrinkRegistry(system.ProcessRegistry.LocalPIDs)
	return system
}

// registryBuckets is how many of the framework's maps of processes are kept; each has 32 shards with a lock of its
// own. It divides the framework's 1024, so that a process in a map that is kept is found there.
const registryBuckets = 8

// shrinkRegistry leaves a new system few of its 1024 maps of processes. All of them are 3 MB in 70,000 pieces, which
// every garbage collection would look at. It relies on how the framework picks a map: a test holds it to the version
// that it was written for.
func shrinkRegistry(processes *actor.SliceMap) {
	all := processes.LocalPIDs
	processes.LocalPIDs = slices.Clone(all[:registryBuckets])
	for _, bucket := range all[registryBuckets:] { // Items and Clear would start 64 goroutines a bucket
		bucket.IterCb(func(id string, process any) { processes.GetBucket(id).Set(id, process) })
	}
}

// frameworkHandler keeps the actor framework's chatter out of the log: it tells of every raised failure, which the
// relay logs itself.
type frameworkHandler struct{ slog.Handler }

// Enabled implements slog.Handler.
func (h frameworkHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}
