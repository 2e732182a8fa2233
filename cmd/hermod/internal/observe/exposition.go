package observe

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// scrapesAtOnce bounds the scrapes under way, and scrapeTime is how long the client of one may take, however little it
// reads at a time: two that stall would keep all others out.
const (
	scrapesAtOnce = 2
	scrapeTime    = 30 * time.Second
)

// exposition serves the metrics. Those of the fleet are most of a scrape, so it writes their text itself, which takes a
// fraction of what the library takes to make, check, sort and write a sample. Whoever asks for protocol buffers, which
// native histograms need, gets everything from the library.
type exposition struct {
	registry *prometheus.Registry // all but the fleet
	fleet    *collector
	library  http.Handler // everything
	turns    chan struct{}
}

func newExposition(registry *prometheus.Registry, fleet *collector) *exposition {
	bots := prometheus.NewRegistry()
	bots.MustRegister(fleet)
	return &exposition{registry: registry, fleet: fleet, turns: make(chan struct{}, scrapesAtOnce),
		library: promhttp.HandlerFor(prometheus.Gatherers{registry, bots},
			promhttp.HandlerOpts{MaxRequestsInFlight: scrapesAtOnce})}
}

// formats are what a scrape may ask for; the first that it accepts as much as any other is taken.
var formats = []expfmt.Format{expfmt.NewFormat(expfmt.TypeProtoDelim), openMetrics,
	expfmt.NewFormat(expfmt.TypeTextPlain)}

var openMetrics, _ = expfmt.NewOpenMetricsFormat("1.0.0")

// ServeHTTP implements http.Handler.
func (e *exposition) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	connection := http.NewResponseController(w)
	_ = connection.SetWriteDeadline(time.Now().Add(scrapeTime))
	defer func() { _ = connection.SetWriteDeadline(time.Time{}) }()
	format := expfmt.NegotiateAccept(r.Header, formats...)
	kind := format.FormatType()
	if kind != expfmt.TypeTextPlain && kind != expfmt.TypeOpenMetrics {
		e.library.ServeHTTP(w, r)
		return
	}
	select {
	case e.turns <- struct{}{}:
		defer func() { <-e.turns }()
	default:
		http.Error(w, "two scrapes are under way, try again later", http.StatusServiceUnavailable)
		return
	}
	body, err := e.text(format, kind == expfmt.TypeOpenMetrics)
	if err != nil {
		http.Error(w, "gather metrics: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", string(format))
	_ = send(w, r, body) // the client has gone
}

// send compresses for those who take it.
func send(w http.ResponseWriter, r *http.Request, text []byte) error {
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		_, err := w.Write(text)
		return err
	}
	w.Header().Set("Content-Encoding", "gzip")
	packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err = packed.Write(text); err != nil {
		return err
	}
	return packed.Close()
}

// text is everything in one of the text formats. Names are those that every format has always allowed, so none is
// escaped.
func (e *exposition) text(format expfmt.Format, open bool) ([]byte, error) {
	families, err := e.registry.Gather()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := expfmt.NewEncoder(&out, format.WithEscapingScheme(model.NoEscaping))
	for _, family := range families {
		if err := encoder.Encode(family); err != nil {
			return nil, err
		}
	}
	text{&out, open}.write(e.fleet.read())
	if closer, ok := encoder.(expfmt.Closer); ok {
		err = closer.Close() // it ends OpenMetrics
	}
	return out.Bytes(), err
}
