package config

import "maps"

// inheritDefaults returns the tree with the file's defaults filled into every bot, and the schema's defaults
// everywhere.
func (s schema) inheritDefaults(root *node) *node {
	changed := *root
	changed.fields = maps.Clone(root.fields)
	if defaults := root.child("defaults"); defaults != nil {
		bots := *root.child("bots")
		bots.list = make([]*node, 0, len(bots.list))
		for _, bot := range root.child("bots").list {
			bots.list = append(bots.list, s.merge(bot, defaults, botPath))
		}
		changed.fields["bots"] = field{at: root.fields["bots"].at, value: &bots}
		delete(changed.fields, "defaults")
	}
	return fill(&changed, s.root())
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

// fill returns the tree with the default for every key that is missing, of the part of the schema that describes it.
func fill(n *node, part map[string]any) *node {
	filled := *n
	if n.list != nil {
		filled.list = make([]*node, len(n.list))
		for i, item := range n.list {
			filled.list[i] = fill(item, inner(part, "0"))
		}
		return &filled
	}
	properties, ok := part["properties"].(map[string]any)
	if !ok || n.fields == nil {
		return n
	}
	filled.fields = make(map[string]field, len(properties))
	for key := range properties {
		entry, said := n.fields[key]
		if !said {
			value, has := inner(part, key)["default"]
			if !has {
				continue
			}
			entry = field{at: n.at, value: nodeOf(value, n.at)}
		}
		entry.value = fill(entry.value, inner(part, key))
		filled.fields[key] = entry
	}
	return &filled
}

// nodeOf makes a node of a default: a scalar, or an empty object.
func nodeOf(value any, at Position) *node {
	if _, object := value.(map[string]any); object {
		return &node{at: at, fields: map[string]field{}}
	}
	return &node{at: at, scalar: value}
}
