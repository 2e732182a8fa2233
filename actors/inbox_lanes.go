package actors

import "iter"

// laneTable has an inbox's lanes with deliveries by their keys. Most of the time that is one at most, which needs no
// map. The zero value is ready.
type laneTable struct {
	one  *lane // nil when there is none, or others came before
	more map[string]*lane
}

// find returns the lane with that key, nil if there is none.
func (t *laneTable) find(key string) *lane {
	if t.one != nil && t.one.key == key {
		return t.one
	}
	return t.more[key]
}

// add takes in a lane whose key no other has, unless it is there.
func (t *laneTable) add(l *lane) {
	switch {
	case t.find(l.key) == l:
	case t.len() == 0:
		t.one = l
	case t.more == nil:
		t.more = map[string]*lane{l.key: l}
	default:
		t.more[l.key] = l
	}
}

func (t *laneTable) remove(l *lane) {
	if t.one == l {
		t.one = nil
		return
	}
	delete(t.more, l.key)
}

func (t *laneTable) len() int {
	if t.one != nil {
		return 1 + len(t.more)
	}
	return len(t.more)
}

// all goes through the lanes. The one at hand may be removed meanwhile.
func (t *laneTable) all() iter.Seq[*lane] {
	return func(yield func(*lane) bool) {
		if t.one != nil && !yield(t.one) {
			return
		}
		for _, l := range t.more {
			if !yield(l) {
				return
			}
		}
	}
}
