package cluster

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"hermod/cluster/placement"
	"hermod/cluster/registry"
)

const (
	// measureEvery is how often the host is asked how busy its bots are.
	measureEvery = 10 * time.Second
	// maxHeavy bounds the bots whose weights a node tells, so that what it tells stays small; the lightest are left out.
	maxHeavy = 1000
)

// loads are what the bots of this node weigh. They belong to Run's goroutine.
type loads struct {
	bots      map[string]*placement.Load
	measuring bool
	last      time.Duration
	covers    int64          // see registry.Loads
	told      map[string]int // what the store was told; nil before
	again     bool           // it has not taken that
}

// measure asks the host how busy its bots are, and tells the others what they weigh, if that is news.
func (k *keeper) measure(now time.Duration) {
	meter, is := k.cfg.Host.(Meter)
	if !is || k.seen == nil || k.loads.measuring || now < k.loads.last+k.cfg.measure {
		return
	}
	k.loads.measuring, k.loads.last = true, now
	go func() {
		messages := meter.Messages()
		k.post(func(k *keeper) {
			k.loads.measuring = false
			k.weigh(now, messages)
		})
	}()
}

// weigh takes a measurement over. A bot that came from another node weighs what it weighed there.
func (k *keeper) weigh(now time.Duration, messages map[string]uint64) {
	before, known := k.loads.bots, map[string]int(nil)
	k.loads.bots = make(map[string]*placement.Load, len(messages))
	for bot, n := range messages {
		l := before[bot]
		if l == nil {
			if known == nil {
				known = k.seen.Weights()
			}
			l = placement.NewLoad(known[bot])
		}
		l.Sample(now, n)
		k.loads.bots[bot] = l
	}
	k.cover()
	k.tellLoads()
}

// cover finds out up to which epoch all bots that this node has were measured.
func (k *keeper) cover() {
	newest, missing := int64(0), int64(math.MaxInt64)
	for bot, epoch := range k.core.Bots() {
		switch {
		case epoch == 0:
			return // it may come before others that were measured
		case k.loads.bots[bot] == nil:
			missing = min(missing, epoch-1)
		default:
			newest = max(newest, epoch)
		}
	}
	k.loads.covers = min(newest, missing)
}

// tellLoads writes down what the bots weigh, if the store does not have that already.
func (k *keeper) tellLoads() {
	heavy := make(map[string]int)
	for bot, l := range k.loads.bots {
		if w := l.Weight(); w > 1 {
			heavy[bot] = w
		}
	}
	for bot, weight := range k.loads.told { // one that has left is this node's to tell of until its new owner does
		_, known := k.seen.Bots[bot]
		by, told := k.seen.Measures(bot)
		if k.loads.bots[bot] == nil && known && (!told || by == k.cfg.Name) {
			heavy[bot] = weight
		}
	}
	heavy = heaviest(heavy, maxHeavy)
	lease := k.core.Lease()
	if lease == 0 || k.loads.told != nil && !k.loads.again && maps.Equal(heavy, k.loads.told) {
		return
	}
	if k.loads.told == nil && len(heavy) == 0 && len(k.seen.Loads[k.cfg.Name].Weights) == 0 {
		k.loads.told = heavy
		return // nodes whose bots are at rest write nothing
	}
	k.loads.told, k.loads.again = heavy, false
	says := registry.Loads{Covers: k.loads.covers, Weights: heavy}
	k.ask(func(ctx context.Context, store *registry.Store) func(*keeper) {
		err := store.SetLoads(ctx, k.cfg.Name, lease, says)
		return func(k *keeper) {
			if err != nil { // it is tried again with the next measurement
				k.loads.again = true
				k.cfg.Logger.Debug("the others do not know yet what this node's bots weigh", "err", err)
			}
		}
	})
}

// heaviest leaves the heaviest of bots, at most so many.
func heaviest(weights map[string]int, most int) map[string]int {
	if len(weights) <= most {
		return weights
	}
	bots := slices.SortedFunc(maps.Keys(weights), func(a, b string) int {
		return cmp.Or(cmp.Compare(weights[b], weights[a]), cmp.Compare(a, b))
	})
	left := make(map[string]int, most)
	for _, bot := range bots[:most] {
		left[bot] = weights[bot]
	}
	return left
}
