package daemon

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/budget"
)

func TestTheBudgetIsInForceAndMeasured(t *testing.T) {
	c := serveConnector(t, "bot-000")
	d := runWith(t, fileOf(c, 0, 1, 0), func(o *Options) {
		o.limits = func() (budget.Limits, error) {
			return budget.Limits{Files: 400, Memory: 128 << 20, Source: budget.FromGo}, nil
		}
	})
	d.await(names(0, 1), connected)
	b := d.budget
	if d.servers.main.most != 100 || b.Posts != 100 || d.fleet.Engine().MaxDials != b.Links/2 {
		t.Errorf("the server keeps %d connections, %d dials; the budget is %+v", d.servers.main.most, d.fleet.Engine().MaxDials, b)
	}
	if free := d.ways.Posts().Free; free != b.Posts {
		t.Errorf("%d posts are free, want %d", free, b.Posts)
	}
	d.awaitReport(func(now *report) bool { return now.Bots["connected"] == 1 })
	text := metrics(d)
	for resource, want := range map[string]string{"links": fmt.Sprint(b.Links), "clients": "100", "posts": "100",
		"queued_bytes": "", "pending_bytes": "", "memory": ""} {
		if line := "hermod_budget_limit{resource=\"" + resource + "\"} " + want; !strings.Contains(text, line) {
			t.Errorf("the metrics lack %s", line)
		}
	}
	for _, line := range []string{`hermod_budget_used{resource="links"} 1`, `hermod_budget_used{resource="clients"} 1`,
		`hermod_budget_used{resource="posts"} 0`} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

func TestWhatDoesNotFitIsSaidAtTheStartAndAtAReload(t *testing.T) {
	log := new(safeBuffer)
	d := runWith(t, "http: {listen: '127.0.0.1:0'}\nbots: []\n", func(o *Options) {
		o.Stderr = io.MultiWriter(o.Stderr, log)
		o.limits = func() (budget.Limits, error) {
			return budget.Limits{Files: 64, Memory: 64 << 20, Source: budget.FromCgroup}, fmt.Errorf("read the cgroup")
		}
	})
	for _, said := range []string{"0 bots need a cgroup with 107 MiB", "set GOMEMLIMIT"} {
		if !strings.Contains(log.String(), said) {
			t.Errorf("the log lacks %q:\n%s", said, log)
		}
	}
	if strings.Contains(log.String(), "LimitNOFILE") {
		t.Errorf("too few files for nobody:\n%s", log)
	}
	c := serveConnector(t, names(0, 50)...)
	d.write(fileOf(c, 0, 50, 0))
	d.await(names(0, 50), connected)
	for _, said := range []string{"50 bots need 110 open files", "restart the daemon to divide anew"} {
		if !strings.Contains(log.String(), said) {
			t.Errorf("the log lacks %q:\n%s", said, log)
		}
	}
}
