package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hermod/cmd/hermod/internal/api/client"
)

func TestStatusNamesTheBotsWhosePlaceAnotherSessionTook(t *testing.T) {
	report := new(statusReport)
	for i := range 8 {
		report.Bots = append(report.Bots, client.Bot{Name: fmt.Sprint("bot-", i), State: "ready", PlatformState: "connected",
			Counters: client.Counters{Displaced: i}})
	}
	var out strings.Builder
	must(t, report.print(&out, 20, time.Now()))
	want := "the connector gave the place to another session of: bot-7 (7 times), bot-6 (6 times), bot-5 (5 times), " +
		"bot-4 (4 times), bot-3 (3 times), 2 more bots\n"
	if !strings.HasSuffix(out.String(), want) {
		t.Errorf("status is\n%s", out.String())
	}
	report.Bots, out = report.Bots[:1], strings.Builder{}
	must(t, report.print(&out, 20, time.Now()))
	if strings.Contains(out.String(), "another session") {
		t.Errorf("nobody was displaced, but\n%s", out.String())
	}
}
