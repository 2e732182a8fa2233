package actors

import "hermod/wire"

// descriptors are what the connector said in one session. The descriptors themselves are shared by all relays that got
// the same and never changed, so what leaves is a copy.
type descriptors struct {
	first   *wire.Descriptor            // the session's default, nil before the first session
	several map[string]*wire.Descriptor // by platform, the first included; nil while there is one
}

// add keeps one more, and says whether it is news.
func (d *descriptors) add(more *wire.Descriptor) bool {
	if d.several == nil && more == d.first || more == d.several[more.Platform] {
		return false
	}
	if d.several == nil {
		d.several = map[string]*wire.Descriptor{d.first.Platform: d.first}
	}
	d.several[more.Platform] = more
	return true
}

// of returns the receiver's own copy of a platform's descriptor, the default one of "", or nil.
func (d *descriptors) of(platform string) *wire.Descriptor {
	if platform == "" || d.several == nil && d.first != nil && d.first.Platform == platform {
		return d.first.Clone()
	}
	return d.several[platform].Clone()
}
