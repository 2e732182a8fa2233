package fleetlog

import (
	"testing"
	"unsafe"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/messages"
)

func TestTheAccountOfABotThatIsWellFitsTheAllocatorsSizes(t *testing.T) {
	if size := unsafe.Sizeof(bot{}); size > 128 {
		t.Errorf("it takes %d bytes, and so a piece of 144 or more; it fitted one of 128", size)
	}
	well := fleet.Status{}
	well.State, well.Generation = messages.Ready, 7
	if f := factsOf(&well); f.reasons != noReasons || f.generation != 7 {
		t.Error("a bot that is well keeps reasons of its own")
	}
	well.LastError = "connection refused"
	if f := factsOf(&well); f.reasons == noReasons || f.lastError != well.LastError || noReasons.lastError != "" {
		t.Error("why a bot is not connected is lost")
	}
}
