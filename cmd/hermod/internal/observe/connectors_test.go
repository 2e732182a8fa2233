package observe_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleetlog"
)

func TestConnectorsHaveTheirOutagesAndClocksAsMetrics(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		w.connectors = fleetlog.Figures{LinesDropped: 7, Connectors: map[string]fleetlog.ConnectorFigures{
			"big.example:443": {Bots: 5000, Outages: 2, Outage: true, Skew: -6 * time.Minute, Down: map[actors.LinkEnd]int{
				{Cause: "refused", Code: 401}: 4000, {Cause: "dial"}: 10, {Cause: "closed", Code: 4999}: 3, {}: 1}}}}
		got := samples(t, w.scrape())
		for series, want := range map[string]float64{
			`hermod_connector_bots{connector="big.example:443"}`:                                  5000,
			`hermod_connector_bots_down{cause="refused",code="401",connector="big.example:443"}`:  4000,
			`hermod_connector_bots_down{cause="dial",code="",connector="big.example:443"}`:        10,
			`hermod_connector_bots_down{cause="closed",code="other",connector="big.example:443"}`: 3,
			`hermod_connector_bots_down{cause="preparation",code="",connector="big.example:443"}`: 1,
			`hermod_connector_outage{connector="big.example:443"}`:                                1,
			`hermod_connector_outages_total{connector="big.example:443"}`:                         2,
			`hermod_connector_clock_skew_seconds{connector="big.example:443"}`:                    -360,
			`hermod_log_lines_dropped_total`:                                                      7,
		} {
			if got[series] != want {
				t.Errorf("%s is %v, want %v", series, got[series], want)
			}
		}
	})
}

func TestAThousandConnectorsHaveFewSeries(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		w.connectors.Connectors = make(map[string]fleetlog.ConnectorFigures)
		for i := range 1000 {
			w.connectors.Connectors[fmt.Sprint(i, ".example")] = fleetlog.ConnectorFigures{Bots: i, Outage: true,
				Skew: time.Duration(-i) * time.Second}
		}
		exposition := w.scrape()
		if n := strings.Count(exposition, "hermod_connector_bots{"); n != 21 {
			t.Errorf("%d connectors have series", n)
		}
		got := samples(t, exposition)
		if got[`hermod_connector_bots{connector="999.example"}`] != 999 || got[`hermod_connector_outage{connector="other"}`] != 980 ||
			got[`hermod_connector_clock_skew_seconds{connector="other"}`] != -979 {
			t.Errorf("the series are\n%s", exposition)
		}
	})
}
