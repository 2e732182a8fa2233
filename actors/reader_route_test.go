package actors

import (
	"errors"
	"testing"

	"hermod/wire"
)

func TestEveryKindOfFrameHasARouteAndEveryDeliveryADecoder(t *testing.T) {
	cfg := &config{settings: &settings{}, seams: &seams{logger: discardLogger}}
	for kind := wire.KindUnknown; kind == wire.KindUnknown || kind.String() != wire.KindUnknown.String(); kind++ {
		if int(kind) >= len(routes) || routes[kind] == 0 {
			t.Errorf("reader_route.go: routes has no entry for %s", kind)
			continue
		}
		if routes[kind] != asDelivery {
			continue
		}
		b := batch{frames: []frame{{line: []byte(`{"type":"` + kind.String() + `"}`), kind: kind, block: new(block)}}}
		b.decode(cfg, new(counters), Inbound{}, "")
		if d := b.lanes[0].queue[0]; d.trouble != nil && errors.Is(d.trouble.err, errNoDecoder) {
			t.Errorf("inbox_decode.go: decode has no case for %s", kind)
		}
	}
}
