package journal_test

import (
	"os"
	"path/filepath"
	"testing"

	"hermod/faults/internal/journal"
)

func TestAReaderFollowsAJournalThroughTheLivesOfItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	r := journal.Follow(path)
	defer r.Close()
	if entries, err := r.Next(); len(entries) > 0 || err != nil {
		t.Errorf("before the first life: %v, %v", entries, err)
	}
	for life := 1; life <= 2; life++ {
		w, err := journal.Open(path, "p")
		if err != nil {
			t.Fatal(err)
		}
		w.Note(journal.OK, "x", "")
		w.Close()
		entries, err := r.Next()
		if err != nil || len(entries) != 2 || entries[0].Kind != journal.Start || entries[1].Life != life {
			t.Errorf("life %d: %+v, %v", life, entries, err)
		}
	}
}

func TestALineWithoutAnEndIsLeftForLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	r := journal.Follow(path)
	defer r.Close()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	_, _ = file.WriteString(`{"kind":"ok","id":"a"}` + "\n" + `{"kind":"ok",`)
	if entries, err := r.Next(); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
	_, _ = file.WriteString(`"id":"b"}` + "\n")
	if entries, err := r.Next(); err != nil || len(entries) != 1 || entries[0].ID != "b" {
		t.Errorf("%v, %v", entries, err)
	}
}
