package observe_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"hermod/wire/wiretest"
)

// BenchmarkScrape scrapes a fleet that is connected, through the handler of GET /metrics.
func BenchmarkScrape(b *testing.B) {
	for _, size := range []struct{ bots, named int }{{100, 500}, {5000, 500}, {5000, 5000}} {
		b.Run(fmt.Sprintf("bots=%d/named=%d", size.bots, size.named), func(b *testing.B) {
			w := newWorld(b, wiretest.New(b), io.Discard)
			defer w.close()
			w.apply(size.named, fleetOf(size.bots)...)
			w.srv.AwaitOpen(size.bots)
			for !strings.Contains(w.scrape(), fmt.Sprintf(`hermod_bots %d`, size.bots)) {
				runtime.Gosched()
			}
			b.ResetTimer()
			length := 0
			for range b.N {
				length = len(w.scrape())
			}
			b.ReportMetric(float64(length), "B/scrape")
		})
	}
}
