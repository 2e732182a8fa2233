package observe

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
)

// family is a metric of figures, by their indices.
type family struct {
	name, help string
	gauge      bool
	figures    []int
}

// families has every metric of figures once, in their order.
var families = sync.OnceValue(func() []family {
	var all []family
	known := make(map[string]int)
	for i, f := range figures {
		at, ok := known[f.name]
		if !ok {
			at, known[f.name] = len(all), len(all)
			all = append(all, family{name: f.name, help: f.help, gauge: f.gauge != nil})
		}
		all[at].figures = append(all[at].figures, i)
	}
	return all
})

// text writes samples in the text format, or in OpenMetrics, which names a counter's family without _total. The labels
// of a sample are written in the order of their names.
type text struct {
	*bytes.Buffer
	open bool
}

// write writes what a scrape of the fleet found.
func (t text) write(found reading) {
	heads, tails := make([]string, len(found.series)), make([]string, len(found.series))
	for i, s := range found.series {
		heads[i], tails[i] = `{bot="`+escaped(s.bot)+`"`, `,platform="`+escaped(s.platform)+`"`
	}
	for _, f := range families() {
		t.head(f.name, f.help, f.gauge)
		for i, a := range found.accounts {
			for _, figure := range f.figures {
				t.WriteString(f.name)
				t.WriteString(heads[i])
				t.label("outcome", figures[figure].outcome)
				t.WriteString(tails[i])
				t.value(a.value(figure, f.gauge))
			}
		}
	}
	t.head("hermod_link_ends_total", endsHelp, false)
	for i, a := range found.accounts {
		for end, n := range a.ends {
			t.WriteString("hermod_link_ends_total")
			t.WriteString(heads[i])
			t.WriteString(`,cause="` + escaped(end.cause) + `",code="` + escaped(end.code) + `"`)
			t.WriteString(tails[i])
			t.value(float64(n))
		}
	}
	t.head("hermod_bot_state", stateHelp, true)
	for i, a := range found.accounts {
		for in, n := range a.conditions() {
			t.WriteString("hermod_bot_state")
			t.WriteString(heads[i])
			t.WriteString(`,cause="` + escaped(in.cause) + `"`)
			t.WriteString(tails[i])
			t.label("state", in.state)
			t.value(float64(n))
		}
	}
	t.head("hermod_delivery_state", deliveryHelp, true)
	for i, a := range found.accounts {
		for in, n := range a.deliveryStates() {
			t.WriteString("hermod_delivery_state")
			t.WriteString(heads[i])
			t.WriteString(tails[i])
			t.label("state", string(in))
			t.value(float64(n))
		}
	}
	t.single("hermod_bots", botsHelp, float64(found.bots))
	t.single("hermod_fleet_collect_duration_seconds", collectHelp, found.took.Seconds())
}

func (t text) head(name, help string, gauge bool) {
	kind := "counter"
	if gauge {
		kind = "gauge"
	} else if t.open {
		name = strings.TrimSuffix(name, "_total")
	}
	t.WriteString("# HELP " + name + " " + escaped(help) + "\n# TYPE " + name + " " + kind + "\n")
}

// label writes one of the labels after the first, unless it is empty.
func (t text) label(name, value string) {
	if value != "" {
		t.WriteString("," + name + `="` + escaped(value) + `"`)
	}
}

// value ends the labels, and the sample.
func (t text) value(v float64) {
	t.WriteString("} ")
	t.number(v)
}

func (t text) number(v float64) {
	number := strconv.AppendFloat(t.AvailableBuffer(), v, 'g', -1, 64)
	if whole := uint64(v); float64(whole) == v {
		number = strconv.AppendUint(t.AvailableBuffer(), whole, 10)
	}
	t.Write(append(number, '\n'))
}

func (t text) single(name, help string, v float64) {
	t.head(name, help, true)
	t.WriteString(name + " ")
	t.number(v)
}

var escaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func escaped(s string) string {
	if !strings.ContainsAny(s, "\\\n\"") {
		return s
	}
	return escaper.Replace(s)
}
