package observe_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"hermod/wire"
)

// busy is a world whose fleet has something of everything that is counted, and bots with and without series of their
// own.
func busy(w *world) {
	off := bot("off", "slack")
	off.Enabled = false
	w.apply(3, bot("a", "telegram"), bot("b", "discord"), off, bot("x", "telegram"), bot("y", "mystery"))
	for _, name := range []string{"a", "x"} {
		w.inject(name, "hi "+name)
	}
	must(w.t, w.conn("b").CloseWith(wire.CloseUnauthorized, "unauthorized"))
	w.conn("y").Drop()
	synctest.Wait()
}

func (w *world) ask(header ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	w.routes.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		w.t.Fatalf("answered %d: %s", answer.Code, answer.Body)
	}
	return answer
}

// decoded are the fleet's samples as Prometheus's own library reads them, but for the time that the scrape took.
func decoded(t *testing.T, answer *httptest.ResponseRecorder) map[string]float64 {
	t.Helper()
	values := make(map[string]float64)
	decoder := expfmt.NewDecoder(answer.Body, expfmt.ResponseFormat(answer.Header()))
	for {
		var family dto.MetricFamily
		err := decoder.Decode(&family)
		if errors.Is(err, io.EOF) {
			return values
		}
		must(t, err)
		samples, err := expfmt.ExtractSamples(&expfmt.DecodeOptions{}, &family)
		must(t, err)
		for _, sample := range samples {
			_, ofBot := sample.Metric["bot"]
			if name := string(sample.Metric[model.MetricNameLabel]); ofBot || name == "hermod_bots" {
				values[sample.Metric.String()] = float64(sample.Value)
			}
		}
	}
}

func TestTheTextSaysWhatProtocolBuffersSay(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		busy(w)
		text := decoded(t, w.ask("Accept", "text/plain"))
		buffers := decoded(t, w.ask("Accept", string(expfmt.NewFormat(expfmt.TypeProtoDelim))))
		if len(text) < 100 || !maps.Equal(text, buffers) {
			for _, series := range slices.Sorted(maps.Keys(buffers)) {
				if got, there := text[series]; !there || got != buffers[series] {
					t.Errorf("%s is %v in text (%v), %v in protocol buffers", series, got, there, buffers[series])
				}
			}
			t.Errorf("%d samples in text, %d in protocol buffers", len(text), len(buffers))
		}
	})
}

func TestOpenMetricsNamesFamiliesOfCountersWithoutTotalAndEnds(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		busy(w)
		answer := w.ask("Accept", "application/openmetrics-text; version=1.0.0")
		if kind := answer.Header().Get("Content-Type"); !strings.HasPrefix(kind, "application/openmetrics-text; version=1.0.0") {
			t.Errorf("the type is %s", kind)
		}
		open, text := answer.Body.String(), w.scrape()
		for line := range strings.Lines(open) {
			if strings.HasPrefix(line, "# TYPE ") && strings.HasSuffix(line, "_total counter\n") {
				t.Errorf("a family is declared as %s", line)
			}
		}
		if !strings.HasSuffix(open, "\n# EOF\n") || strings.Contains(text, "# EOF") {
			t.Error("the end is not said, or said where it has no meaning")
		}
		for _, name := range []string{"hermod_bot_state", "hermod_dials_total", "hermod_deliveries_total", "hermod_link_ends_total"} {
			if one, other := strings.Count(open, "\n"+name+"{"), strings.Count(text, "\n"+name+"{"); one == 0 || one != other {
				t.Errorf("%s has %d samples, %d in the text format", name, one, other)
			}
		}
	})
}

func TestAScrapeIsCompressedForThoseWhoTakeIt(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		busy(w)
		answer := w.ask("Accept-Encoding", "gzip")
		packed, plain := answer.Body.Len(), w.scrape()
		reader, err := gzip.NewReader(answer.Body)
		must(t, err)
		text, err := io.ReadAll(reader)
		must(t, err)
		if packed > len(plain)/4 || !bytes.Contains(text, []byte("hermod_bots 5\n")) {
			t.Errorf("%d bytes of %d: %s", packed, len(plain), text)
		}
	})
}

// stalled is a client that takes nothing until it is let go.
type stalled struct {
	*httptest.ResponseRecorder
	began, end chan struct{}
}

func (s stalled) Write(p []byte) (int, error) {
	s.began <- struct{}{}
	<-s.end
	return len(p), nil
}

// timed notes the deadlines that it is given.
type timed struct {
	*httptest.ResponseRecorder
	deadlines []time.Time
}

func (w *timed) SetWriteDeadline(t time.Time) error {
	w.deadlines = append(w.deadlines, t)
	return nil
}

func TestAClientThatReadsLittleByLittleHoldsAScrapeForHalfAMinuteOnly(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		busy(w)
		for _, accept := range []string{"text/plain", string(expfmt.NewFormat(expfmt.TypeProtoDelim))} {
			client := &timed{ResponseRecorder: httptest.NewRecorder()}
			request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			request.Header.Set("Accept", accept)
			w.routes.ServeHTTP(client, request)
			if want := []time.Time{time.Now().Add(30 * time.Second), {}}; !slices.Equal(client.deadlines, want) {
				t.Errorf("%s: deadlines are %v, want %v", accept, client.deadlines, want)
			}
		}
	})
}

func TestTheThirdScrapeAtOnceIsRefused(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		busy(w)
		client := stalled{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
		for range 2 {
			go w.routes.ServeHTTP(client, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			<-client.began
		}
		answer := w.get("/metrics", http.StatusServiceUnavailable)
		if !strings.Contains(answer, "try again") {
			t.Error(answer)
		}
		close(client.end)
		synctest.Wait()
		if answer := w.scrape(); !strings.Contains(answer, fmt.Sprintf("hermod_bots %d\n", 5)) {
			t.Error("nothing is served any more")
		}
	})
}
