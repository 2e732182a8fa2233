package observe_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleetlog"
	"hermod/wire"
)

var update = flag.Bool("update", false, "write the table of metrics")

const (
	readmeFile   = "README.md"
	beginMetrics = "<!-- metrics: go test ./cmd/hermod/internal/observe -run Readme -update -->\n"
	endMetrics   = "<!-- end of metrics -->\n"
)

// The table is made of an exposition in which every metric has a series.
func TestTheReadmeShowsEveryMetric(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		w.apply(500, bot("a", "telegram"))
		w.connectors.Connectors = map[string]fleetlog.ConnectorFigures{"c": {Down: map[actors.LinkEnd]int{{}: 1}}}
		w.inject("a", "1")
		_, err := w.bot("a").Send(context.Background(), wire.NewTyping("c1"), "")
		must(t, err)
		w.conn("a").Drop()
		time.Sleep(time.Minute)
		w.scrape()
		table := metricTable(w.scrape())
		text, err := os.ReadFile(readmeFile)
		must(t, err)
		before, rest, found := strings.Cut(string(text), beginMetrics)
		shown, after, ended := strings.Cut(rest, endMetrics)
		if !found || !ended {
			t.Fatal("the README has no place for the metrics")
		}
		if *update {
			must(t, os.WriteFile(readmeFile, []byte(before+beginMetrics+table+endMetrics+after), 0o600))
			return
		}
		if shown != table {
			t.Errorf("the README shows other metrics; run this test with -update:\n%s", table)
		}
	})
}

var help = regexp.MustCompile(`(?m)^# HELP (hermod_\w+) (.*)\n# TYPE \w+ (\w+)\n\w+(?:\{(.*)\})? `)

// labelName matches the names of labels; le belongs to the buckets of a histogram.
var labelName = regexp.MustCompile(`(\w+)="`)

func metricTable(exposition string) string {
	table := "| metric | kind | labels | |\n| --- | --- | --- | --- |\n"
	found := help.FindAllStringSubmatch(exposition, -1)
	slices.SortFunc(found, func(a, b []string) int { return strings.Compare(a[1], b[1]) })
	for _, m := range found {
		var labels []string
		for _, label := range labelName.FindAllStringSubmatch(m[4], -1) {
			if label[1] != "le" {
				labels = append(labels, label[1])
			}
		}
		table += fmt.Sprintf("| `%s` | %s | %s | %s |\n", m[1], m[3], strings.Join(labels, ", "), m[2])
	}
	return table
}

// What nobody can see in a dashboard is not worth counting.
func TestTheDashboardShowsEveryMetric(t *testing.T) {
	var read []string
	for _, p := range readDashboard(t).Panels {
		for _, q := range p.Targets {
			for _, s := range selectors(q.Expr) {
				read = append(read, metricOf(s))
			}
		}
	}
	text, err := os.ReadFile(readmeFile)
	must(t, err)
	rows := regexp.MustCompile("(?m)^\\| `(hermod_\\w+)` \\| (\\w+)").FindAllStringSubmatch(string(text), -1)
	if len(rows) < 30 {
		t.Fatalf("the README shows only %d metrics", len(rows))
	}
	for _, row := range rows {
		name, isHistogram := row[1], row[2] == "histogram"
		if !slices.Contains(read, name) && !(isHistogram && slices.Contains(read, name+"_bucket")) {
			t.Errorf("no panel shows %s", name)
		}
	}
}
