package observe_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// The files for operators.
const (
	dashboardFile  = "../../../../examples/grafana/hermod.json"
	rulesFile      = "../../../../examples/prometheus/hermod.rules.yml"
	rulesTestFile  = "../../../../examples/prometheus/hermod.rules_test.yml"
	prometheusFile = "../../../../examples/prometheus/prometheus.yml"
)

// dashboard is what is looked at of Grafana's model.
type dashboard struct {
	Title         string
	UID           string
	SchemaVersion int
	Templating    struct{ List []variable }
	Panels        []panel
}

type variable struct{ Name, Label, Type, Definition string }

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ Type, UID string }
	GridPos                  struct{ X, Y, W, H int }
	FieldConfig              struct{ Defaults struct{ Unit string } }
	Targets                  []target
}

type target struct {
	RefID, Expr, LegendFormat string
	Datasource                struct{ UID string }
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	text, err := os.ReadFile(dashboardFile)
	must(t, err)
	var d dashboard
	must(t, json.Unmarshal(text, &d))
	return d
}

// rule is one alert.
type rule struct {
	Alert, Expr, For    string
	Labels, Annotations map[string]string
}

func readRules(t *testing.T) (rules []rule) {
	t.Helper()
	text, err := os.ReadFile(rulesFile)
	must(t, err)
	var file struct {
		Groups []struct{ Rules []rule }
	}
	must(t, yaml.Unmarshal(text, &file))
	for _, group := range file.Groups {
		rules = append(rules, group.Rules...)
	}
	return rules
}

var selector = regexp.MustCompile(`\b(?:hermod|process|go)_[a-z_]+(?:\{[^}]*\})?|\bup\{[^}]*\}`)

// selectors are what a query reads.
func selectors(expr string) []string { return selector.FindAllString(expr, -1) }

func metricOf(selector string) string {
	name, _, _ := strings.Cut(selector, "{")
	return name
}

func TestTheDashboardIsOneThatGrafanaCanShow(t *testing.T) {
	d := readDashboard(t)
	if d.Title != "Hermod" || d.UID == "" || d.SchemaVersion == 0 {
		t.Errorf("the dashboard is %q, %q, schema %d", d.Title, d.UID, d.SchemaVersion)
	}
	known := map[string]bool{"__rate_interval": true}
	for _, v := range d.Templating.List {
		known[v.Name] = true
		if v.Label == "" {
			t.Errorf("variable %s has no label", v.Name)
		}
	}
	for _, name := range []string{"datasource", "instance", "platform", "bot"} {
		if !known[name] {
			t.Errorf("there is no variable %s", name)
		}
	}
	ids, taken := make(map[int]bool), make(map[[2]int]string)
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" {
			t.Errorf("panel %d, %q, has no id or title of its own", p.ID, p.Title)
		}
		ids[p.ID] = true
		p.checkPlace(t, taken)
		if p.Type != "row" {
			p.check(t, known)
		}
	}
}

// checkPlace finds panels that lie on each other, or beside the grid.
func (p panel) checkPlace(t *testing.T, taken map[[2]int]string) {
	t.Helper()
	g := p.GridPos
	if g.X < 0 || g.W < 1 || g.H < 1 || g.X+g.W > 24 {
		t.Errorf("%q does not fit the grid: %+v", p.Title, g)
	}
	for x := g.X; x < g.X+g.W; x++ {
		for y := g.Y; y < g.Y+g.H; y++ {
			if other := taken[[2]int{x, y}]; other != "" {
				t.Fatalf("%q lies on %q", p.Title, other)
			}
			taken[[2]int{x, y}] = p.Title
		}
	}
}

var reference = regexp.MustCompile(`\$(\w+)`)

func (p panel) check(t *testing.T, known map[string]bool) {
	t.Helper()
	if p.FieldConfig.Defaults.Unit == "" || p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
		t.Errorf("%q lacks a unit, the data source or a query: %+v", p.Title, p)
	}
	refs := make(map[string]bool)
	for _, q := range p.Targets {
		if q.LegendFormat == "" || refs[q.RefID] || q.Datasource.UID != "${datasource}" {
			t.Errorf("%q has a query without a legend or a letter of its own: %+v", p.Title, q)
		}
		refs[q.RefID] = true
		for _, name := range reference.FindAllStringSubmatch(q.Expr, -1) {
			if !known[name[1]] {
				t.Errorf("%q asks for a variable %s that there is not", p.Title, name[1])
			}
		}
		if !strings.Contains(q.Expr, "$instance") {
			t.Errorf("%q mixes instances: %s", p.Title, q.Expr)
		}
	}
}

func TestEveryAlertSaysHowBadItIsAndWhatToDo(t *testing.T) {
	tests, err := os.ReadFile(rulesTestFile)
	must(t, err)
	names := make(map[string]bool)
	for _, r := range readRules(t) {
		if names[r.Alert] || !strings.HasPrefix(r.Alert, "Hermod") {
			t.Errorf("the name %q is taken, or not ours", r.Alert)
		}
		names[r.Alert] = true
		if severity := r.Labels["severity"]; severity != "warning" && severity != "critical" {
			t.Errorf("%s has the severity %q", r.Alert, severity)
		}
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s does not say what it is about", r.Alert)
		}
		if fires := strings.Count(string(tests), "alertname: "+r.Alert+"\n"); fires != 1 {
			t.Errorf("%s is seen to fire in %d tests of %s", r.Alert, fires, rulesTestFile)
		}
	}
}
