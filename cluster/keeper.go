package cluster

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/cluster/fence"
	"hermod/cluster/message"
	"hermod/cluster/ownership"
	"hermod/cluster/placement"
	"hermod/cluster/registry"
)

const (
	// tick is how often the keeper looks at the time.
	tick = 50 * time.Millisecond
	// assessAgain is how often a node that lacks bots looks whether it does still: files appear without anybody who says
	// so.
	assessAgain = 5 * time.Second
)

// keeper carries out what the rules of package ownership command. It belongs to Run's goroutine.
type keeper struct {
	*Node
	core  *ownership.Node
	ctx   context.Context // of what it asks the store; it outlives the one that ends the node
	stop  context.CancelFunc
	seen  *registry.View
	plan  ownership.View // what follows from it
	dirty bool           // the core has not looked at what it can
	over  bool
	loads loads
	stale bool // the status is not what it should be

	grains map[string]*seat

	assessed   int64         // the newest change of a bot that was assessed, -1 before the first
	assessing  bool          // by the host
	lastAssess time.Duration // when it was asked
	lacks      []string      // as the host said
	told       []string      // as the member's record says

	revoking sync.WaitGroup // leases that are being given back
	cuts     int
	failed   string // why the last attempt to join or renew failed
}

// seat is where a bot's grain is.
type seat struct {
	pid      *actor.PID
	epoch    int64
	revision int64 // of what it was told to be
}

func newKeeper(n *Node) *keeper {
	k := &keeper{Node: n, core: ownership.New(n.cfg.timing()), grains: make(map[string]*seat), assessed: -1}
	k.ctx, k.stop = context.WithCancel(context.Background())
	return k
}

func (k *keeper) run(ctx context.Context) error {
	defer k.stop()
	defer k.revoking.Wait()
	k.cfg.Logger.Info("joining the cluster", "cluster", k.cfg.Etcd.Cluster, "node", k.cfg.Name, "etcd", k.cfg.Etcd.Endpoints)
	go k.connect()
	go k.fence.Watch(k.ctx, func() { k.post(func(k *keeper) { k.core.Tick(fence.Now()) }) })
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	leave := ctx.Done()
	for !k.over {
		select {
		case do := <-k.events:
			do(k)
		case <-ticker.C:
			k.tick()
		case <-leave:
			leave = nil
			k.cfg.Logger.Info("leaving the cluster", "bots", len(k.grains))
			k.core.Leave(k.cfg.Return)
		}
		k.obey()
	}
	return nil
}

func (k *keeper) tick() {
	now := fence.Now()
	if k.core.Phase() != ownership.Joining || k.mayJoin() {
		k.core.Tick(now)
	}
	k.look(now)
	k.assess(now)
	k.measure(now)
	k.tell()
	if k.stale { // which bots there are is shown once for the hundreds that come and go together
		k.show()
	}
}

// connect opens the store, however long that takes, and follows it.
func (k *keeper) connect() {
	for k.ctx.Err() == nil {
		store, err := registry.Open(k.cfg.Etcd)
		if err == nil {
			k.store.Store(store)
			store.Watch(k.ctx, func(v *registry.View) { k.post(func(k *keeper) { k.see(v) }) },
				func(err error) { k.post(func(k *keeper) { k.fail(err) }) })
			_ = store.Close()
		} else {
			k.post(func(k *keeper) { k.fail(err) })
		}
		select {
		case <-k.ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// fail logs a failure once.
func (k *keeper) fail(err error) {
	if err.Error() != k.failed {
		k.cfg.Logger.Warn("the cluster's store does not serve this node; it is tried again", "err", err)
	}
	k.failed = err.Error()
	k.show()
}

func (k *keeper) see(v *registry.View) {
	for node, m := range v.Members {
		if k.seen != nil && node != k.cfg.Name && k.seen.Members[node].Lease != m.Lease {
			k.core.Joined(fence.Now())
		}
	}
	k.seen, k.plan, k.dirty = v, k.viewOf(v), true
	k.view.Store(v)
	k.introduce(v)
	k.news.ring()
	for bot, s := range k.grains {
		if wanted, known := v.Bots[bot]; known && wanted.Revision > s.revision {
			s.revision = wanted.Revision
			k.peers.ActorSystem.Root.Send(s.pid, &change{desired: Desired{JSON: wanted.JSON, Revision: wanted.Revision}})
		}
	}
}

// look has the core compare what there is with what there should be, when there is news or something waits.
func (k *keeper) look(now time.Duration) {
	if k.seen != nil && k.dirty {
		k.dirty = k.core.Look(now, k.plan)
	}
}

func (k *keeper) viewOf(seen *registry.View) ownership.View {
	v := ownership.View{Revision: seen.Revision, Owners: make(map[string]ownership.Owner, len(seen.Claims)),
		Targets: make(map[string]bool), Unwanted: make(map[string]bool), Urgent: seen.Drain[k.cfg.Name]}
	owners := make(map[string]string, len(seen.Claims))
	for bot, claim := range seen.Claims {
		v.Owners[bot] = ownership.Owner{Lease: claim.Lease, Epoch: claim.Epoch}
		if seen.Members[claim.Node].Lease == claim.Lease {
			owners[bot] = claim.Node
		}
		if _, known := seen.Bots[bot]; !known || seen.Disabled[bot] {
			v.Unwanted[bot] = true
		}
	}
	plan := placement.Plan(placement.Cluster{Members: membersOf(seen), Bots: botsOf(seen), Owners: owners,
		Weights: seen.Weights()})
	for bot, node := range plan {
		if node == k.cfg.Name {
			v.Targets[bot] = true
		}
	}
	return v
}

func membersOf(v *registry.View) (members []placement.Member) {
	for node, m := range v.Members {
		member := placement.Member{Name: node, Capacity: m.Capacity, Draining: v.Drain[node],
			Lacks: make(map[string]bool, len(m.Lacks))}
		for _, bot := range m.Lacks {
			member.Lacks[bot] = true
		}
		members = append(members, member)
	}
	return members
}

// botsOf are those that are to run.
func botsOf(v *registry.View) (bots []string) {
	for bot := range v.Bots {
		if !v.Disabled[bot] {
			bots = append(bots, bot)
		}
	}
	return bots
}

// assess has the host say what it lacks whenever the bots have changed, and from time to time while it lacks some.
func (k *keeper) assess(now time.Duration) {
	if k.seen == nil || k.assessing {
		return
	}
	newest := k.seen.BotsRevision
	if newest == k.assessed && (len(k.lacks) == 0 || now < k.lastAssess+assessAgain) {
		return
	}
	k.lastAssess = now
	desired := make(map[string]Desired, len(k.seen.Bots))
	for bot, wanted := range k.seen.Bots {
		desired[bot] = Desired{JSON: wanted.JSON, Revision: wanted.Revision}
	}
	k.assessing = true
	go func() {
		lacks := slices.Sorted(slices.Values(k.cfg.Host.Lacks(desired)))
		k.post(func(k *keeper) { k.assessing, k.assessed, k.lacks = false, newest, lacks })
	}()
}

// tell has the member's record say what the node lacks.
func (k *keeper) tell() {
	if k.core.Phase() != ownership.Member || slices.Equal(k.told, k.lacks) {
		return
	}
	k.told = k.lacks
	lease, record := k.core.Lease(), k.record()
	k.ask(func(ctx context.Context, store *registry.Store) func(*keeper) {
		err := store.Update(ctx, k.cfg.Name, record, lease)
		return func(k *keeper) {
			if err != nil {
				k.told = nil
				k.fail(err)
			}
		}
	})
}

func (k *keeper) record() registry.Member {
	return registry.Member{Address: k.at, Version: k.cfg.Version, Schema: message.Schema, Oldest: message.Oldest,
		Capacity: k.cfg.Capacity,
		Lacks:    k.lacks}
}

// show renews the status.
func (k *keeper) show() {
	k.stale = false
	k.status.Store(&Status{Node: k.cfg.Name, Address: k.at, Phase: k.core.Phase().String(), Lease: k.core.Lease(),
		Cuts: k.cuts, Bots: maps.Clone(k.core.Bots()), LastError: k.failed})
}
