package actors

import (
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"hermod/wire"
)

// dedupe recognises copies in two phases: of deliveries that wait for a handler, and of those that were handled. It
// remembers a bounded number of the latter, by digests, so that a long id costs no more than a short one.
type dedupe struct {
	open    map[wire.Digest]*delivery
	handled *simplelru.LRU[wire.Digest, struct{}]
}

// lookup returns the open delivery with that key, or says that one was handled.
func (d *dedupe) lookup(key wire.Digest) (open *delivery, handled bool) {
	if key == (wire.Digest{}) {
		return nil, false
	}
	if d.handled != nil {
		if _, handled = d.handled.Get(key); handled {
			return nil, true
		}
	}
	return d.open[key], false
}

// begin opens a delivery's key.
func (d *dedupe) begin(v *delivery) {
	if v.key == (wire.Digest{}) {
		return
	}
	if d.open == nil {
		d.open = make(map[wire.Digest]*delivery)
	}
	d.open[v.key] = v
}

// end closes a delivery's key and remembers it if it was handled; keep bounds what is remembered.
func (d *dedupe) end(v *delivery, handled bool, keep int) {
	if v.key == (wire.Digest{}) {
		return
	}
	delete(d.open, v.key)
	if !handled {
		return
	}
	if d.handled == nil {
		d.handled, _ = simplelru.NewLRU[wire.Digest, struct{}](keep, nil)
	}
	d.handled.Add(v.key, struct{}{})
}
