package main

import (
	"strings"
	"testing"
	"time"

	json "github.com/goccy/go-json"
)

func TestStatusShowsTheNodesOfAClusterAndThatOfEachBot(t *testing.T) {
	var report statusReport
	must(t, json.Unmarshal([]byte(`{"daemon":{"version":"1.0","node":"gw-a","nodes":[
		{"name":"gw-a","address":"a:1","version":"1.0","state":"member","bots":1,"lacks":2,"states":{"connected":1,"retrying":2}},
		{"name":"gw-b","address":"b:1","version":"0.9","state":"silent","bots":1,"lacks":0}]},
		"bots":[{"name":"one","node":"gw-a","state":"ready","platform_state":"connected"},
		{"name":"two","node":"gw-b","state":"unknown","platform_state":"unknown","error":"node gw-b does not answer"},
		{"name":"three","state":"unassigned","platform_state":"retrying","error":"no node runs the bot"}]}`), &report))
	var out strings.Builder
	must(t, report.print(&out, 20, time.Now()))
	text := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{"BOT NODE STATE", "two gw-b ? unknown node gw-b does not answer", "three (none) ◌ unassigned",
		"one gw-a ● ready", "gw-a member 1.0 1 2 1 connected, 2 retrying", "gw-b silent 0.9 1 0",
		"3 bots: 1 connected, 1 retrying, 1 unknown"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, out.String())
		}
	}
	report.Daemon.Nodes = nil
	out.Reset()
	must(t, report.print(&out, 20, time.Now()))
	if strings.Contains(out.String(), "NODE") || strings.Contains(out.String(), "gw-a ") {
		t.Errorf("without a cluster it prints\n%s", out.String())
	}
}
