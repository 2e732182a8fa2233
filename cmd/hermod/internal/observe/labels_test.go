package observe_test

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"hermod/wire"
)

var goVersion = runtime.Version()

// What a peer chooses must not make the number of series grow.
func TestPeersCannotMakeSeries(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		w.apply(500, bot("a", "telegram"))
		synctest.Wait()
		count := func() int { return len(samples(t, w.scrape())) }
		probe := func(i int) {
			name := fmt.Sprintf("x%d", i)
			_, _ = w.bot("a").Send(context.Background(), wire.NewAction(name), name)
			must(t, w.conn("a").CloseWith(3000+i, "bye"))
			synctest.Wait()
			w.bot("a").Reconnect()
			synctest.Wait()
			w.get("/"+name, 404)
			w.routes.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("X"+strings.ToUpper(name), "/", nil))
		}
		probe(0)
		w.scrape() // the first one is a request to be shown, too
		before := count()
		for i := range 100 {
			probe(i + 1)
		}
		if after := count(); after != before {
			t.Errorf("%d series became %d", before, after)
		}
		if ends := samples(t, w.scrape())[`hermod_link_ends_total{bot="a",cause="closed",code="other",platform="telegram"}`]; ends != 101 {
			t.Errorf("%v closes with codes of no name, want 101", ends)
		}
		if exposition := w.scrape(); strings.Contains(exposition, `"x7"`) || strings.Contains(exposition, `"3007"`) ||
			strings.Contains(exposition, "XX7") {
			t.Error("a peer's word is a label")
		}
	})
}
