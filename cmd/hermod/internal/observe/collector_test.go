package observe_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/deliver"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire"
)

func TestMetricsSayHowEachBotIs(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		off := bot("off", "slack")
		off.Enabled = false
		w.apply(500, bot("good", "telegram"), bot("revoked", "discord"), bot("dropped", "mystery"), off)
		w.inbound = func(_ context.Context, d *actors.Inbound) error {
			if d.Event.Text == "bad" && d.Try == 1 {
				time.Sleep(2 * time.Second)
				return errors.New("refused")
			}
			return nil
		}
		w.inject("good", "fine")
		w.inject("good", "bad")
		time.Sleep(5 * time.Second)
		_, err := w.bot("good").Send(context.Background(), wire.NewSend("c1", "x"), "")
		must(t, err)
		must(t, w.conn("revoked").CloseWith(wire.CloseUnauthorized, "unauthorized"))
		w.conn("dropped").Drop()
		synctest.Wait()
		w.reports["good"](fleet.Health{State: fleet.CircuitOpen, Err: "exit status 3", Oldest: time.Now().Add(-time.Minute),
			Restarts: 4, DroppedLines: 5})
		synctest.Wait()
		w.posts = deliver.PostFigures{Running: 3, Waiting: 2, Free: 1, Open: 4}
		got := samples(t, w.scrape())
		for series, want := range map[string]float64{
			`hermod_bots`: 4,
			`hermod_build_info{goversion="GO",revision="abcdef",version="v1.2.3"}`:                1,
			`hermod_config_last_reload_successful`:                                                1,
			`hermod_bot_state{bot="good",cause="",platform="telegram",state="ready"}`:             1,
			`hermod_bot_state{bot="revoked",cause="revoked",platform="discord",state="disabled"}`: 1,
			`hermod_bot_state{bot="off",cause="config",platform="slack",state="disabled"}`:        1,
			`hermod_bot_state{bot="dropped",cause="",platform="other",state="backoff"}`:           1,
			`hermod_bot_connected{bot="good",platform="telegram"}`:                                1,
			`hermod_bot_connected{bot="dropped",platform="other"}`:                                0,
			`hermod_redial_attempt{bot="dropped",platform="other"}`:                               1,
			`hermod_dials_total{bot="good",platform="telegram"}`:                                  1,
			`hermod_handshakes_total{bot="dropped",platform="other"}`:                             1,
			`hermod_link_ends_total{bot="revoked",cause="closed",code="4401",platform="discord"}`: 1,
			`hermod_link_ends_total{bot="dropped",cause="lost",code="",platform="other"}`:         1,
			`hermod_deliveries_total{bot="good",outcome="handled",platform="telegram"}`:           2,
			`hermod_delivery_retries_total{bot="good",platform="telegram"}`:                       1,
			`hermod_acknowledgements_total{bot="good",platform="telegram"}`:                       2,
			`hermod_requests_total{bot="good",platform="telegram"}`:                               1,
			`hermod_requests_resolved_total{bot="good",platform="telegram"}`:                      1,
			`hermod_handlers_running{delivery="stream",platform="telegram"}`:                      0,
			`hermod_delivery_failing{bot="good",platform="telegram"}`:                             1,
			`hermod_delivery_failing{bot="dropped",platform="other"}`:                             0,
			`hermod_process_restarts_total{bot="good",platform="telegram"}`:                       4,
			`hermod_process_lines_dropped_total{bot="good",platform="telegram"}`:                  5,
			`hermod_actors`:                9,
			`hermod_webhook_posts_running`: 3,
			`hermod_webhook_posts_waiting`: 2,
			`hermod_webhook_posts_free`:    1,
			`hermod_webhook_circuits_open`: 4,
			`hermod_delivery_state{bot="good",platform="telegram",state="circuit_open"}`:         1,
			`hermod_delivery_state{bot="dropped",platform="other",state="delivering"}`:           1,
			`hermod_delivery_state{bot="off",platform="slack",state="idle"}`:                     1,
			`hermod_delivery_oldest_seconds{bot="good",platform="telegram"}`:                     60,
			`hermod_delivery_oldest_seconds{bot="dropped",platform="other"}`:                     0,
			`hermod_budget_limit{resource="links"}`:                                              100,
			`hermod_budget_used{resource="links"}`:                                               7,
			handled("ok", "_count"):                                                              2,
			handled("error", "_count"):                                                           1,
			handled("error", "_sum"):                                                             2,
			`hermod_outbound_duration_seconds_count{op="send",outcome="ok",platform="telegram"}`: 1,
		} {
			series = strings.Replace(series, `"GO"`, fmt.Sprintf("%q", goVersion), 1)
			if value, there := got[series]; !there || value != want {
				t.Errorf("%s is %v (%v), want %v", series, value, there, want)
			}
		}
		w.reload = "line 3 is wrong"
		if samples(t, w.scrape())[`hermod_config_last_reload_successful`] != 0 {
			t.Error("a failed reload counts as successful")
		}
	})
}

func handled(outcome, suffix string) string {
	return `hermod_handler_duration_seconds` + suffix + `{delivery="stream",kind="inbound",outcome="` + outcome + `",platform="telegram"}`
}

// fleetOf is that many bots on telegram.
func fleetOf(n int) (bots []*config.Bot) {
	for i := range n {
		bots = append(bots, bot(fmt.Sprintf("b%02d", i), "telegram"))
	}
	return bots
}

func TestBotsBeyondTheBoundAreAddedUp(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		bots := fleetOf(20)
		bots[1].Name = "other" // takes no series of its own, since that name is the sum's
		w.apply(5, bots...)
		w.inject("b02", "1")
		w.inject("b19", "2")
		w.inject("b18", "3")
		for bot, seconds := range map[string]int{"b17": 10, "b18": 30, "b19": 20} {
			oldest := time.Now().Add(-time.Duration(seconds) * time.Second)
			w.reports[bot](fleet.Health{State: fleet.Failing, Err: "refused", Oldest: oldest})
		}
		synctest.Wait()
		got := samples(t, w.scrape())
		perBot := 0
		for series := range got {
			if strings.HasPrefix(series, "hermod_bot_connected{") {
				perBot++
			}
		}
		rest := func(name string) float64 { return got[name+`{bot="other",platform="telegram"}`] }
		if perBot != 6 || rest("hermod_bot_connected") != 15 || rest("hermod_dials_total") != 15 || rest("hermod_acknowledgements_total") != 2 {
			t.Errorf("%d series a metric; the others are %v connected, dialled %v times, acknowledged %v", perBot,
				rest("hermod_bot_connected"), rest("hermod_dials_total"), rest("hermod_acknowledgements_total"))
		}
		if rest("hermod_delivery_oldest_seconds") != 30 || rest("hermod_delivery_failing") != 3 ||
			got[`hermod_delivery_state{bot="other",platform="telegram",state="failing"}`] != 3 ||
			got[`hermod_delivery_state{bot="other",platform="telegram",state="delivering"}`] != 12 {
			t.Errorf("the deliveries of the others are wrong: %v", got)
		}
		if got[`hermod_bot_state{bot="other",cause="",platform="telegram",state="ready"}`] != 15 ||
			got[`hermod_acknowledgements_total{bot="b02",platform="telegram"}`] != 1 {
			t.Errorf("the states or the named bots are wrong: %v", got)
		}
	})
}

// Falling counters would look like restarts, and rates over them like bursts of traffic.
func TestCountersNeverFallAndNeverJump(t *testing.T) {
	inBubble(t, io.Discard, func(w *world) {
		acks := func() float64 {
			synctest.Wait()
			return samples(t, w.scrape())[`hermod_acknowledgements_total{bot="other",platform="telegram"}`]
		}
		want := func(when string, n float64) {
			t.Helper()
			if got := acks(); got != n {
				t.Errorf("%s: %v acknowledgements of the others, want %v", when, got, n)
			}
		}
		w.apply(2, fleetOf(4)...)
		for i, name := range []string{"b00", "b00", "b01", "b02", "b03"} {
			w.inject(name, fmt.Sprint(i))
		}
		want("at first", 2)
		changed := fleetOf(4)
		changed[3].Limits = &config.Limits{Tries: 7}
		w.apply(2, changed...)
		want("after a restart of a relay", 2)
		w.inject("b03", "again")
		want("after its next event", 3)
		w.apply(2, fleetOf(3)...)
		want("after a bot has left", 3)
		w.apply(1, fleetOf(3)...)
		want("after the bound was lowered", 3)
		w.inject("b01", "late")
		want("after an event of the bot that lost its series", 4)
		w.apply(500, fleetOf(3)...)
		w.inject("b02", "later")
		want("after the bound was raised", 5)
		w.apply(0)
		want("after all have left", 5)
	})
}
