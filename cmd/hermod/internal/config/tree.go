package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// node is a value of the configuration that remembers where it was written. Nodes may be shared, so they are not
// changed once they are part of a tree, but for the maps that override and inherit make themselves.
type node struct {
	at     Position
	scalar any // string, bool, int64, uint64, float64 or nil, when it is neither a list nor a map
	list   []*node
	fields map[string]field
	size   int // nodes in the tree below, counted as often as they are reached
}

// field is an entry of a map.
type field struct {
	at    Position // of the key
	value *node
}

// plain turns the tree into what JSON knows.
func (n *node) plain() any {
	switch {
	case n.fields != nil:
		object := make(map[string]any, len(n.fields))
		for key, field := range n.fields {
			object[key] = field.value.plain()
		}
		return object
	case n.list != nil:
		list := make([]any, len(n.list))
		for i, item := range n.list {
			list[i] = item.plain()
		}
		return list
	}
	return n.scalar
}

// child returns the item or field of that name, nil where there is none.
func (n *node) child(name string) *node {
	if n.fields != nil {
		return n.fields[name].value
	}
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(n.list) {
		return n.list[i]
	}
	return nil
}

// below is the node at the end of a path, nil where there is none.
func (n *node) below(path ...string) *node {
	for _, name := range path {
		if n == nil {
			return nil
		}
		n = n.child(name)
	}
	return n
}

// find returns the node at the path, or the innermost one on the way that exists.
func (n *node) find(path ...string) *node {
	for _, name := range path {
		next := n.child(name)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// with returns a copy of a map with one more entry.
func (n *node) with(key string, entry field) *node {
	changed := *n
	changed.fields = maps.Clone(n.fields)
	changed.fields[key] = entry
	return &changed
}

// keyOf shows a path as people write it: bots[3].timing.backoff.
func keyOf(path []string) string {
	var text strings.Builder
	for _, name := range path {
		if _, err := strconv.Atoi(name); err == nil {
			text.WriteString("[" + name + "]")
			continue
		}
		if text.Len() > 0 {
			text.WriteByte('.')
		}
		text.WriteString(name)
	}
	return text.String()
}

// join appends to a path without sharing its memory.
func join(path []string, names ...string) []string { return slices.Concat(path, names) }
