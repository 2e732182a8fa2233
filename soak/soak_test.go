package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// judged is how many figures must not grow.
var judged = len(figures) - 1

// samplesOf are a minute's, a second apart; each figure is what value says.
func samplesOf(value func(seconds float64) float64) (samples []sample) {
	for second := range 60 {
		s := sample{at: float64(second)}
		for range figures {
			s.values = append(s.values, value(float64(second)))
		}
		samples = append(samples, s)
	}
	return samples
}

func TestWhatGrowsAfterTheWarmUpIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		value func(seconds float64) float64
		grown int
	}{
		"flat":                  {func(float64) float64 { return 1000 }, 0},
		"shrinks":               {func(s float64) float64 { return 1000 - 10*s }, 0},
		"grows in the warm-up":  {func(s float64) float64 { return 1000 * min(s, 10) }, 0},
		"grows a little":        {func(s float64) float64 { return 1000 + s/10 }, 0},
		"grows all the time":    {func(s float64) float64 { return 1000 + 10*s }, judged},
		"has peaks":             {func(s float64) float64 { return 1000 + 5000*float64(int(s)%20/19) }, 0},
		"grows at the very end": {func(s float64) float64 { return 1000 * (1 + float64(int(s)/55)) }, judged},
	} {
		if v := judge(samplesOf(c.value), time.Minute); v.grown != c.grown {
			t.Errorf("%s: %d figures grew, want %d: %v %v", name, v.grown, c.grown, v.first, v.last)
		}
	}
}

func TestTheReportNamesWhatGrew(t *testing.T) {
	v := judge(samplesOf(func(s float64) float64 { return 1000 + 10*s }), time.Minute)
	var out bytes.Buffer
	v.print(&out, &world{options: options{bots: 40}}, 3)
	if text := out.String(); strings.Count(text, "GREW") != judged || strings.Count(text, "not judged") != 1 || !strings.Contains(text, "3 deliveries were not") {
		t.Errorf("the report is\n%s", text)
	}
}

func TestEveryWayOfDeliveryHasBots(t *testing.T) {
	count := map[string]int{}
	for i := range 40 {
		count[wayOf(i)]++
	}
	if len(count) != 4 || count[byProcess] != 2 {
		t.Errorf("the bots are %v", count)
	}
}

func TestTheSubprocessAcknowledgesWhatCanBe(t *testing.T) {
	var in, out bytes.Buffer
	encoder := json.NewEncoder(&in)
	for _, record := range []map[string]any{{"kind": "inbound", "bufferId": "b-1"}, {"kind": "inbound"}, {"kind": "interrupt"}} {
		if err := encoder.Encode(record); err != nil {
			t.Fatal(err)
		}
	}
	beProcess(&in, &out, func() bool { return false })
	if strings.Count(out.String(), `"do":"ack"`) != 1 || !strings.Contains(out.String(), "b-1") {
		t.Errorf("it wrote %s", out.String())
	}
}
