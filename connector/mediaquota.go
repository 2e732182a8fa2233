package connector

import (
	"cmp"
	"maps"
	"slices"
)

// mediaQuota bounds the files that are kept, in all and of one owner.
type mediaQuota struct{ all, owner mediaUse }

// mediaUse is how much files take.
type mediaUse struct {
	bytes int64
	files int
}

func (u mediaUse) plus(item Media) mediaUse  { return mediaUse{u.bytes + item.Size, u.files + 1} }
func (u mediaUse) minus(item Media) mediaUse { return mediaUse{u.bytes - item.Size, u.files - 1} }

func (u mediaUse) exceeds(bound mediaUse) bool { return u.bytes > bound.bytes || u.files > bound.files }

// share is how much of the bound is taken.
func (u mediaUse) share(bound mediaUse) float64 {
	return max(float64(u.bytes)/float64(bound.bytes), float64(u.files)/float64(bound.files))
}

// victims are the files that make room for item: the oldest of its owner beyond the owner's quota, then the oldest of
// whoever has the largest share. So nobody removes the files of one who has less. The caller holds the lock.
func (m *mediaStore) victims(item Media) []Media {
	owner := m.ownerOf(item.Gateway)
	kept, used := make(map[string][]Media), make(map[string]mediaUse)
	for _, other := range m.items {
		name := m.ownerOf(other.Gateway)
		kept[name], used[name] = append(kept[name], other), used[name].plus(other)
	}
	used[owner] = used[owner].plus(item)
	total := m.total.plus(item)
	var out []Media
	drop := func(name string) {
		oldest := kept[name][0]
		out, kept[name] = append(out, oldest), kept[name][1:]
		used[name], total = used[name].minus(oldest), total.minus(oldest)
	}
	for used[owner].exceeds(m.quota.owner) {
		drop(owner)
	}
	for total.exceeds(m.quota.all) {
		maps.DeleteFunc(kept, func(_ string, left []Media) bool { return len(left) == 0 })
		drop(slices.MaxFunc(slices.Sorted(maps.Keys(kept)), func(a, b string) int {
			return cmp.Compare(used[a].share(m.quota.all), used[b].share(m.quota.all))
		}))
	}
	return out
}
