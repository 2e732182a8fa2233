package actors

import (
	"testing"
	"unsafe"
)

// What a relay keeps at rest is two pieces of memory, which the allocator rounds up: a word more costs a tenth.
func TestARelayAtRestFitsTheAllocatorsSizes(t *testing.T) {
	const header = 8 // of a piece above 512 bytes that has pointers
	if size := unsafe.Sizeof(relayActor{}) + header; size > 640 {
		t.Errorf("the relay takes %d bytes, and so a piece of 704; it fitted one of 640", size)
	}
	if size := unsafe.Sizeof(connection{}); size > 256 {
		t.Errorf("the connection takes %d bytes, and so a piece of 288; it fitted one of 256", size)
	}
}

func TestRelaysWithoutCredentialsShareThatTheyHaveNone(t *testing.T) {
	if (credentials{}).kept() != noCredentials {
		t.Error("a relay without credentials keeps some of its own")
	}
	if own := (credentials{GatewayID: "g", Secret: "s", Epoch: 3}).kept(); own == noCredentials ||
		*own != (credentials{GatewayID: "g", Secret: "s", Epoch: 3}) {
		t.Error("a relay's credentials are not kept")
	}
}
