package budget

import (
	"fmt"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/config"
)

const (
	mib = 1 << 20
	gib = 1 << 30
)

func TestOpenFilesAreDividedWithTheBotsFirst(t *testing.T) {
	for _, tt := range []struct {
		files, bots, processes                int
		links, clients, posts, own, pipes, at int // at is how many dials
		short                                 bool
	}{
		{64, 0, 0, 16, 16, 16, 16, 0, 8, false},
		{64, 1, 0, 16, 16, 16, 16, 0, 8, false},
		{64, 10, 0, 18, 16, 14, 16, 0, 9, true}, // the daemon itself is short
		{256, 20, 0, 96, 64, 64, 32, 0, 48, false},
		{256, 100, 0, 112, 64, 48, 32, 0, 56, false},
		{256, 170, 0, 191, 29, 4, 32, 0, 95, false},
		{256, 200, 0, 204, 16, 4, 32, 0, 102, true},
		{1024, 10, 0, 480, 256, 256, 32, 0, 240, false},
		{1024, 100, 100, 112, 256, 224, 32, 400, 56, false},
		{1024, 700, 0, 787, 201, 4, 32, 0, 393, false},
		{1024, 5000, 0, 972, 16, 4, 32, 0, 486, true},
		{65536, 5000, 0, 32736, 16384, 16384, 32, 0, 512, false},
		{65536, 40000, 0, 45000, 16384, 4120, 32, 0, 512, false},
		{1 << 20, 10000, 0, 770016, 16384, 262144, 32, 0, 512, false},
	} {
		t.Run(fmt.Sprintf("%d files, %d bots, %d processes", tt.files, tt.bots, tt.processes), func(t *testing.T) {
			d := Demand{Bots: tt.bots, Processes: tt.processes}
			b := Make(Limits{Files: tt.files, Memory: NoMemoryLimit, Source: FromNobody}, d, 2)
			want := Budget{Limits: b.Limits, Demand: d, Links: tt.links, Clients: tt.clients, Posts: tt.posts, Own: tt.own,
				Processes: tt.pipes, Newcomers: minLinkSpare, Dials: tt.at, GoMemory: NoMemoryLimit, QueuedBytes: gib,
				PendingBytes: gib}
			if b != want {
				t.Errorf("budget is\n%+v, want\n%+v", b, want)
			}
			if notes := b.Shortages(); (notes != nil) != tt.short {
				t.Errorf("shortages are %q", notes)
			}
		})
	}
}

func TestMemoryIsDividedWithTheBotsFirst(t *testing.T) {
	for _, tt := range []struct {
		source          Source
		memory          int64
		bots, processes int
		soft, held      int64
		short           bool
	}{
		{FromNobody, NoMemoryLimit, 5000, 0, NoMemoryLimit, gib, false},
		{FromCgroup, 64 * mib, 1, 0, 64 * mib / 10 * 9, 16 * mib, true},
		{FromCgroup, 128 * mib, 10, 0, 128 * mib / 10 * 9, (128*mib/10*9 - 32*mib - 10*64<<10) / 4, false},
		{FromCgroup, 128 * mib, 10, 1, 96 * mib, 16 * mib, true},
		{FromCgroup, 256 * mib, 100, 1, 192 * mib, (192*mib - 32*mib - 100*64<<10) / 4, false},
		{FromCgroup, 256 * mib, 5000, 0, 256 * mib / 10 * 9, 16 * mib, true},
		{FromCgroup, 1 * gib, 5000, 0, gib / 10 * 9, (gib/10*9 - 32*mib - 5000*64<<10) / 4, false},
		{FromCgroup, 64 * gib, 10000, 0, 64 * gib / 10 * 9, gib, false},
		{FromGo, 512 * mib, 100, 1, 512 * mib, (512*mib - 32*mib - 100*64<<10) / 4, false},
		{FromGo, 64 * mib, 100, 0, 64 * mib, 16 * mib, true},
	} {
		t.Run(fmt.Sprintf("%s of %d MiB, %d bots, %d processes", tt.source, tt.memory/mib, tt.bots, tt.processes), func(t *testing.T) {
			b := Make(Limits{Files: 1 << 20, Memory: tt.memory, Source: tt.source},
				Demand{Bots: tt.bots, Processes: tt.processes}, 2)
			if b.GoMemory != tt.soft || b.QueuedBytes != tt.held || b.PendingBytes != tt.held {
				t.Errorf("the runtime gets %d, deliveries %d, requests %d; want %d and %d", b.GoMemory, b.QueuedBytes,
					b.PendingBytes, tt.soft, tt.held)
			}
			if notes := b.Shortages(); (notes != nil) != tt.short {
				t.Errorf("shortages are %q", notes)
			}
		})
	}
}

// Whatever the limits are, nobody gets nothing, and unless something is short all of it together is what there is.
func TestNoBudgetIsOverdrawn(t *testing.T) {
	for files := 64; files <= 1<<20; files += max(1, files/7) {
		for _, bots := range []int{0, 1, 7, 50, 333, 5000, 50000} {
			for _, some := range []int{0, bots / 10, bots} {
				d := Demand{Bots: bots, Processes: some, Gateways: bots - some}
				b := Make(Limits{Files: files, Memory: 64 * gib, Source: FromCgroup}, d, 4)
				all := b.Own + b.Links + b.Clients + b.Posts + b.Processes + b.Gateways
				short := len(b.Shortages()) > 0
				switch {
				case b.Links < 1 || b.Dials < 1 || b.Clients < minClients || b.Posts < minPosts:
					t.Fatalf("somebody gets nothing of %+v", b)
				case !short && (all != files || b.Links < b.Demand.neededLinks()):
					t.Fatalf("%d are given away of %+v", all, b)
				}
			}
		}
	}
}

func TestWhatIsNeededAtLeastIsEnough(t *testing.T) {
	for _, d := range []Demand{{}, {Bots: 1}, {Bots: 1, Processes: 1}, {Bots: 1, Gateways: 1},
		{Bots: 100, Processes: 20, Gateways: 80}, {Bots: 5000, Gateways: 5000}, {Bots: 10000, Processes: 10000}} {
		l := Limits{Files: d.neededFiles(), Memory: NoMemoryLimit, Source: FromCgroup}
		probe := Make(l, d, 2)
		l.Memory = probe.neededCgroup() + mib // it is said in whole MiB
		b := Make(l, d, 2)
		if notes := b.Shortages(); notes != nil {
			t.Errorf("%+v: %q", b, notes)
		}
		l.Files--
		l.Memory = l.Memory / 10 * 9
		if notes := Make(l, d, 2).Shortages(); len(notes) != 2 || !strings.Contains(notes[0], fmt.Sprint(d.neededFiles())) ||
			!strings.Contains(notes[1], "MemoryMax") {
			t.Errorf("with less: %q", notes)
		}
	}
}

func TestOnlyBotsThatRunAskForSomething(t *testing.T) {
	process, off := config.Deliver{Process: &config.Process{}}, &config.Bot{}
	behind := config.Deliver{Relay: &config.Relay{}}
	cfg := &config.Config{Bots: []*config.Bot{{Enabled: true}, {Enabled: true, Deliver: process},
		{Enabled: true, Deliver: behind}, {Deliver: behind}, off}}
	if got := DemandOf(cfg); got != (Demand{Bots: 3, Processes: 1, Gateways: 1}) {
		t.Errorf("demand is %+v", got)
	}
}
