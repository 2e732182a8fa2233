package config

import "maps"

// inherit returns the tree with the file's defaults filled into every bot.
func (s schema) inherit(root *node) *node {
	defaults := root.child("defaults")
	if defaults == nil {
		return root
	}
	bots := *root.child("bots")
	bots.list = make([]*node, 0, len(bots.list))
	for _, bot := range root.child("bots").list {
		bots.list = append(bots.list, s.merge(bot, defaults, botPath))
	}
	changed := root.with("bots", field{at: root.fields["bots"].at, value: &bots})
	delete(changed.fields, "defaults")
	return changed
}

// botPath is where the schema describes a bot.
var botPath = []string{"bots", "0"}

// merge returns a bot, or a map in it, with what the defaults say besides. A secret and deliver are taken or left as a
// whole, since each is one choice.
func (s schema) merge(own, defaults *node, path []string) *node {
	merged := *own
	merged.fields = maps.Clone(own.fields)
	for key, entry := range defaults.fields {
		inner := join(path, key)
		mine, said := own.fields[key]
		switch {
		case !said:
			merged.fields[key] = entry
		case key != "deliver" && !s.isSecret(inner) && mine.value.fields != nil && entry.value.fields != nil:
			merged.fields[key] = field{at: mine.at, value: s.merge(mine.value, entry.value, inner)}
		}
	}
	return &merged
}
