package daemon

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/connector"
)

// botName is the name and the gateway id of a bot.
func botName(i int) string { return fmt.Sprintf("bot-%03d", i) }

func names(from, to int) (all []string) {
	for i := from; i < to; i++ {
		all = append(all, botName(i))
	}
	return all
}

// fileOf describes bots at a connector; those below changed have another bound.
func fileOf(c *connector.Connector, from, to, changed int) string {
	var file strings.Builder
	fmt.Fprintf(&file, "http: {listen: '127.0.0.1:0'}\ndefaults: {url: '%s', secret: {env: SECRET}, deliver: {stream: {}}}\nbots:\n", c.URL())
	for i := from; i < to; i++ {
		tries := 3
		if i < changed {
			tries = 4
		}
		fmt.Fprintf(&file, "  - {name: %[1]s, gateway_id: %[1]s, identities: [{platform: discord, bot_id: %[1]s}], limits: {tries: %[2]d}}\n", botName(i), tries)
	}
	return file.String()
}

// inject gives events to each bot from one number on, side by side.
func inject(t *testing.T, c *connector.Connector, bots []string, from, to int) {
	t.Helper()
	var wg sync.WaitGroup
	for _, bot := range bots {
		wg.Go(func() {
			for i := from; i < to; i++ {
				event := fmt.Sprintf(`{"text":"%d","message_id":"m%d","source":{"platform":"discord","chat_id":"c%d"}}`, i, i, i%3)
				if _, err := c.Inject(bot, json.RawMessage(event)); err != nil {
					t.Errorf("inject into %s: %v", bot, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestAReloadOfTenBotsOfTwoHundredIsNotNoticedByTheRest(t *testing.T) {
	const bots, changed, events = 200, 10, 12
	all := names(0, bots)
	c := serveConnector(t, all...)
	r := run(t, fileOf(c, 0, bots, 0))
	r.await(all, connected)
	inject(t, c, all, 0, events/3)
	var reloading sync.WaitGroup
	reloading.Go(func() { inject(t, c, all, events/3, 2*events/3) })
	r.write(fileOf(c, 0, bots, changed))
	r.signals <- syscall.SIGHUP
	r.await(names(0, changed), func(s fleet.Status) bool { return connected(s) && s.Starts == 2 })
	reloading.Wait()
	inject(t, c, all, 2*events/3, events)
	r.got.await(t, bots*events)
	for i, name := range all {
		b, _ := r.fleet.Bot(name)
		status := b.Status()
		if i >= changed && (status.Generation != 1 || status.Starts != 1 || !connected(status)) {
			t.Errorf("%s noticed: %+v", name, status)
		}
		for text, times := range r.got.of(name) {
			if i >= changed && times != 1 {
				t.Errorf("%s got event %s %d times", name, text, times)
			}
		}
	}
}

func TestAFileThatChangesIsRead(t *testing.T) {
	c := serveConnector(t, names(0, 3)...)
	r := run(t, fileOf(c, 0, 2, 0))
	r.await(names(0, 2), connected)
	r.write(fileOf(c, 1, 3, 0)) // by renaming
	r.await(names(1, 3), connected)
	must(t, os.WriteFile(r.path, []byte(fileOf(c, 0, 3, 0)), 0o600)) // in place
	r.await(names(0, 3), connected)
	if b, _ := r.fleet.Bot(botName(1)); b.Status().Starts != 1 {
		t.Errorf("a bot that was in every file started %d times", b.Status().Starts)
	}
}

func TestASecretThatChangesRestartsItsBot(t *testing.T) {
	c := serveConnector(t, names(0, 2)...)
	r := run(t, fileOf(c, 0, 2, 0))
	file := r.path + ".secret"
	must(t, os.WriteFile(file, []byte("the wrong one"), 0o600))
	r.write(strings.Replace(fileOf(c, 0, 2, 0), "gateway_id: bot-001", "secret: {file: hermod.yaml.secret}, gateway_id: bot-001", 1))
	r.await(names(1, 2), func(s fleet.Status) bool { return s.Starts == 2 && s.LastError != "" })
	must(t, os.WriteFile(file, []byte(secret), 0o600))
	r.await(names(1, 2), func(s fleet.Status) bool { return s.Starts == 3 && connected(s) })
}

func TestABadFileChangesNothingAndSaysSo(t *testing.T) {
	c := serveConnector(t, names(0, 2)...)
	r := run(t, fileOf(c, 0, 2, 0))
	r.await(names(0, 2), connected)
	before := r.current.Load()
	r.write("bots: [")
	r.awaitReport(func(now *report) bool { return strings.Contains(now.ConfigError, "hermod.yaml:1:7") })
	if r.current.Load() != before || len(r.fleet.Bots()) != 2 {
		t.Error("something changed")
	}
	if sentence := r.health.sentence(); sentence != "2 bots: 2 connected; the last reload changed nothing, see the log" {
		t.Errorf("says %q", sentence)
	}
	r.write(fileOf(c, 0, 1, 0))
	r.awaitReport(func(now *report) bool { return now.ConfigError == "" && now.Bots["connected"] == 1 })
}
