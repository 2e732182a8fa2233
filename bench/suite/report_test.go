package suite

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hermod/bench/workload"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestReportsLookAsTheyDid compares what people see with testdata; look at every file there before you accept a change.
func TestReportsLookAsTheyDid(t *testing.T) {
	r := sampleReport(t)
	r.Rows[3].Failure, r.Rows[3].Runs = "gobwas-mutex: took far too long\ngoroutine 1 [select]:", nil
	r.LeftOut = []LeftOut{{"duplex/python", "no websockets here"}}
	python := slices.IndexFunc(r.Outcomes, func(o Outcome) bool { return o.Goal == "inbound-vs-python" })
	r.Outcomes[python] = Outcome{Goal: "inbound-vs-python", Op: ">=", Target: 15, Why: "inbound-420/python did not run"}
	files, err := render(r)
	if err != nil {
		t.Fatal(err)
	}
	var screen bytes.Buffer
	if err := printReport(&screen, r); err != nil {
		t.Fatal(err)
	}
	golden(t, "screen.txt", screen.Bytes())
	for _, f := range files {
		if f.name != "results.json" { // the round trip below is its test
			golden(t, f.name, f.text)
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s changed; go test ./bench/suite -update writes it anew", path)
	}
}

func TestChartsAreWellFormedAndNameTheirClients(t *testing.T) {
	r := sampleReport(t)
	files, err := render(r)
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string][]string{
		"throughput.svg": {"hermod", "python", "gorilla", "million frames a second", "1,024 in flight", "1.97 M/s"},
		"latency.svg":    {"hermod", "gobwas-yield", "99.99", "µs from request to result"},
		"memory.svg":     {"hermod", "hermod-run", "bare", "nbio", "ws://, 10,000", "wss://, 2,000", "3.2 and 20 KiB"},
		"relays.svg":     {"hermod", "gobwas-mutex", "nbio", "nbio-direct", "10,000", "µs of CPU an event"},
	}
	for _, f := range files {
		if !strings.HasSuffix(f.name, ".svg") {
			continue
		}
		for decoder := xml.NewDecoder(bytes.NewReader(f.text)); ; {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
		}
		for _, want := range append(wanted[f.name], "5 runs", "Sample CPU", "0123456789ab") {
			if !bytes.Contains(f.text, []byte(want)) {
				t.Errorf("%s does not say %q", f.name, want)
			}
		}
		delete(wanted, f.name)
	}
	if len(wanted) != 0 {
		t.Errorf("not drawn: %v", wanted)
	}
}

func TestAClientThatDidNotServeEverythingIsARing(t *testing.T) {
	r := reportOf(workload.CPUPerFrame, map[string][]float64{"spread-100/hermod": {5000}, "spread-100/nbio": {6000}})
	for i, served := range []float64{0.99, 0.9} {
		row := slices.IndexFunc(r.Rows, func(row RowReport) bool { return row.Spec.Client == []string{"hermod", "nbio"}[i] })
		r.Rows[row].Runs[0].Client.Metrics[workload.Served] = served
	}
	c, ok := scaleChart(r)
	if !ok {
		t.Fatal("no chart")
	}
	for client, inside := range map[string]string{"hermod": clientColors["hermod"], "nbio": "#ffffff"} {
		if dot := `fill="` + inside + `" stroke="` + clientColors[client] + `"`; !strings.Contains(string(c.draw()), dot) {
			t.Errorf("%s is not drawn with %s inside", client, inside)
		}
	}
}

func TestAReportWithoutRowsHasNoCharts(t *testing.T) {
	if got := charts(new(Report)); len(got) != 0 {
		t.Errorf("%d charts of nothing", len(got))
	}
	broken := sampleReport(t)
	for i := range broken.Rows {
		broken.Rows[i].Failure = "it hung"
	}
	if got := charts(broken); len(got) != 0 {
		t.Errorf("%d charts of rows that failed", len(got))
	}
}

func TestAReportSurvivesItsFile(t *testing.T) {
	r := sampleReport(t)
	files, err := render(r)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "a", "b")
	if err := save(folder, files); err != nil {
		t.Fatal(err)
	}
	back, err := readReport(filepath.Join(folder, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r, back) {
		t.Error("the report changed on its way through results.json")
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != len(files) {
		t.Errorf("%d files in the folder, want %d (error %v)", len(entries), len(files), err)
	}
}

func TestHistogramsOfAllRunsBecomeOne(t *testing.T) {
	row, _ := sampleReport(t).row("outbound-64/hermod")
	h, err := row.histogram()
	if err != nil || h.TotalCount() != 5*requests {
		t.Fatalf("%v values, error %v", h, err)
	}
	row.Runs[2].Client.Latency = "no histogram"
	if _, err := row.histogram(); err == nil {
		t.Error("what is no histogram was taken for one")
	}
	if h, err := (RowReport{Runs: []Run{{Client: workload.Result{}}}}).histogram(); h != nil || err != nil {
		t.Errorf("a row without latencies has %v, error %v", h, err)
	}
}

func TestOnlyReportsOfThisFormatAreCompared(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"another format": {`{"Version": 99}`, "format 99"},
		"half a file":    {`{"Version": 1`, "unexpected end"},
	} {
		path := filepath.Join(t.TempDir(), "results.json")
		if err := os.WriteFile(path, []byte(tc.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readReport(path); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", name, err, tc.want)
		}
	}
}
