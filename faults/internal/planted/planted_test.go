package planted

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"hermod/faults/internal/campaign"
)

func TestEveryFaultCanBePlanted(t *testing.T) {
	if len(Faults) < 15 {
		t.Errorf("there are %d faults, fewer than 15", len(Faults))
	}
	names := make(map[string]bool)
	for _, f := range Faults {
		if names[f.Name] {
			t.Errorf("two faults are named %q", f.Name)
		}
		names[f.Name] = true
		source, err := os.ReadFile(filepath.Join("../../..", f.File))
		if err != nil {
			t.Error(err)
			continue
		}
		if edited, err := f.apply(string(source)); err != nil {
			t.Error(err)
		} else if edited == string(source) {
			t.Errorf("%s changes nothing", f.Name)
		}
	}
}

func TestAFaultWhoseSourceHasChangedFailsLoudly(t *testing.T) {
	f := Fault{Name: "f", File: "x.go", Old: "a", New: "b"}
	for _, source := range []string{"nothing", "a and a"} {
		if _, err := f.apply(source); !errors.Is(err, errStale) {
			t.Errorf("%q: %v", source, err)
		}
	}
}

func TestAPatternThatMatchesNoFaultIsAnError(t *testing.T) {
	if err := Main(t.Context(), campaign.Options{}, "nothing like it", io.Discard); !errors.Is(err, errNoSuch) {
		t.Errorf("error %v", err)
	}
}
