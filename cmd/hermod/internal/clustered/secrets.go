package clustered

import (
	"maps"
	"slices"

	"hermod/cluster"
	"hermod/cmd/hermod/internal/config"
)

// maxAgain is how many lacking bots are read once more at a time: a node that lacks thousands has other things to do.
const maxAgain = 200

// readAgain forgets what was read of some lacking bots, one after the other in turns, and returns their errors.
func (h *Host) readAgain() (before map[string]error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var lacking []string
	for name, r := range h.read {
		if r.err != nil {
			lacking = append(lacking, name)
		}
	}
	slices.Sort(lacking)
	from, found := slices.BinarySearch(lacking, h.retried)
	if found {
		from++
	}
	before = make(map[string]error)
	for i := range min(maxAgain, len(lacking)) {
		name := lacking[(from+i)%len(lacking)]
		before[name] = h.read[name].err
		delete(h.read, name)
		h.retried = name
	}
	return before
}

// tell logs what is new.
func (h *Host) tell(bot string, before, now error) {
	switch {
	case now == nil && before != nil:
		h.opts.Logger.Info("a bot can run on this node by now", "bot", bot)
	case now != nil && (before == nil || before.Error() != now.Error()):
		h.opts.Logger.Warn("a bot cannot run on this node, so it runs on others", "bot", bot, "err", now)
	}
}

// Owned returns the bots that this node is to run, those whose files have changed as they are now, and the files that
// they depend on, with what these hold now. A bot whose files cannot be used any more stays as it was.
func (h *Host) Owned() (bots []*config.Bot, files map[string]config.Sum) {
	h.mu.Lock()
	owned := make(map[string]reading)
	for name, e := range h.entries {
		if !e.ending && e.now.bot != nil {
			owned[name] = e.now
		}
	}
	h.mu.Unlock()
	files = make(map[string]config.Sum)
	for _, name := range slices.Sorted(maps.Keys(owned)) {
		r := owned[name]
		if changed(r.files, files) {
			r = h.reload(name, r)
		}
		bots = append(bots, r.bot)
	}
	return bots, files
}

// changed says whether files have other contents now; seen keeps what they have, since many bots share some.
func changed(files, seen map[string]config.Sum) (changed bool) {
	for path, sum := range files {
		now, known := seen[path]
		if !known {
			now, _ = config.SumOf(path)
			seen[path] = now
		}
		changed = changed || now != sum
	}
	return changed
}

// reload reads a bot that runs once more.
func (h *Host) reload(name string, r reading) reading {
	now := h.load(name, cluster.Desired{JSON: r.json, Revision: r.revision})
	if now.err != nil {
		h.opts.Logger.Error("a bot's files cannot be used any more; it runs on with what they held", "bot", name, "err", now.err)
		return r
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if e := h.entries[name]; e != nil && e.now.revision == r.revision {
		e.now, h.read[name] = now, now
	}
	return now
}
