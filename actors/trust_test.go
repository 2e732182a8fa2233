package actors

import (
	"testing"
	"time"
)

func TestHandlersAreTrustedWhileTheyAreQuick(t *testing.T) {
	var trust trust
	if trust.earned() {
		t.Error("nothing is known, and they are trusted")
	}
	trust.note(time.Microsecond)
	if !trust.earned() {
		t.Error("they were quick, and are not trusted")
	}
	trust.note(time.Second)
	for range distrust {
		if trust.note(time.Microsecond); trust.earned() {
			t.Fatal("one was slow not long ago, and they are trusted")
		}
	}
	if trust.note(time.Microsecond); !trust.earned() {
		t.Error("they have been quick for long, and are not trusted")
	}
}
