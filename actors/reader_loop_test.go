package actors

import "testing"

func TestAConnectionIsCalmAfterManySmallReadsInARow(t *testing.T) {
	l := new(readLoop)
	for range 3 {
		for range calmReads - 1 {
			if l.calms(calmBytes - 1) {
				t.Fatal("it is calm after too few reads")
			}
		}
		if l.calms(calmBytes) {
			t.Fatal("it is calm after a large read")
		}
	}
	for range calmReads - 1 {
		l.calms(1)
	}
	if !l.calms(1) {
		t.Error("it is not calm")
	}
}
