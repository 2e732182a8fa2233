package top

import (
	"strings"
	"testing"
)

func TestTopSaysHowManyDeliveriesFailedForGood(t *testing.T) {
	m := newModel(&client{base: "http://daemon.test"})
	m.width, m.height = 80, 24
	for count, want := range map[string]string{"0": "", "1": "1 dead letter", "12": "12 dead letters"} {
		told(&m.fleet, testNow, `daemon {"dead_letters":`+count+`}`, `status {"name":"a","platform_state":"connected"}`)
		line := m.head(m.picture())[1]
		if !strings.Contains(line, want) || want == "" && strings.Contains(line, "dead") {
			t.Errorf("%s: the line is %q", count, line)
		}
	}
}
