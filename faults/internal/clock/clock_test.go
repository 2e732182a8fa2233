package clock_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hermod/faults/internal/clock"
)

func TestTheOverlayFitsThisToolchain(t *testing.T) {
	replaced, err := clock.Overlay(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"time.go", "jump.go"} {
		found := false
		for original, copied := range replaced {
			text, err := os.ReadFile(copied)
			found = found || err == nil && filepath.Base(original) == name && strings.Contains(string(text), "jumped(sec")
		}
		if !found {
			t.Errorf("nothing takes the place of %s in %v", name, replaced)
		}
	}
}

func TestAClockSaysByHowManySecondsItIsAhead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "daemon.clock")
	c, err := clock.New(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, ahead := range []time.Duration{time.Hour, -40 * 24 * time.Hour, 0} {
		if err := c.Jump(ahead); err != nil {
			t.Fatal(err)
		}
		page, err := os.ReadFile(path)
		if err != nil || len(page) != 8 || int64(binary.NativeEndian.Uint64(page)) != int64(ahead/time.Second) {
			t.Errorf("%v: the file has %x, %v", ahead, page, err)
		}
	}
	if _, named, _ := strings.Cut(c.Environment(), "="); named != path {
		t.Errorf("the environment is %s", c.Environment())
	}
}
