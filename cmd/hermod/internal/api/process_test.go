package api_test

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/wire"
)

// line is what a process of the tests reads.
type line struct {
	Kind, ID string
	BufferID string `json:"bufferId"`
	Event    struct {
		Text   string
		Source struct {
			ChatID string `json:"chat_id"`
		}
	}
}

// beProcess is this binary as a bot's process.
func beProcess(how string, args []string) {
	if how == "die" {
		os.Exit(3)
	}
	lines := bufio.NewReader(os.Stdin)
	for {
		text, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			panic(err)
		}
		switch {
		case how == "kinds" && l.Kind != "result":
			say(l.Kind, "c1")
		case l.Kind != "inbound":
		case how == "echo":
			say(l.Event.Text, l.Event.Source.ChatID)
		case how == "environment":
			say(strings.Join(os.Environ(), "\n"), "c1")
		case how == "crash" && isNew(args[0]):
			fmt.Fprintln(os.Stderr, "about to crash")
			os.Exit(3)
		case how == "crash":
			say(l.ID, "c1")
			fmt.Printf(`{"do":"ack","bufferId":%q}`+"\n", l.BufferID)
		case how == "stubborn":
			signal.Ignore(syscall.SIGTERM)
			say("deaf", "c1")
			select {}
		}
	}
}

// isNew says whether the file was not there; it is there from now on.
func isNew(path string) bool {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_ = file.Close()
	}
	return err == nil
}

func say(text, chat string) {
	command, err := json.Marshal(map[string]any{"do": "send", "action": wire.NewSend(chat, text)})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\n", command)
}

// processed has deliveries go to this binary.
func processed(manualAck bool, args ...string) string {
	words := []string{"'" + os.Args[0] + "'"}
	for _, arg := range args {
		words = append(words, "'"+arg+"'")
	}
	return fmt.Sprintf("deliver: {process: {manual_ack: %v, command: [%s]}}", manualAck, strings.Join(words, ", "))
}

// awaitSaid waits for the n-th thing that a bot said.
func (w *world) awaitSaid(n int) string {
	w.t.Helper()
	w.await("a", func(b *client.Bot) bool { return b.Counters.Requests >= n && len(w.connector.Outbound(0)) >= n })
	action, err := w.connector.Outbound(0)[n-1].Action.MarshalJSON()
	must(w.t, err)
	var said struct{ Content string }
	must(w.t, json.Unmarshal(action, &said))
	return said.Content
}

func TestAProcessGetsRecordsAndGivesCommands(t *testing.T) {
	w := start(t, bots(bot("a", processed(false, "echo"))), nil)
	w.inject("a", "c1", "m1", "grüße \"quoted\"\nsecond line")
	if said := w.awaitSaid(1); said != "grüße \"quoted\"\nsecond line" {
		t.Errorf("said %q", said)
	}
	w.awaitBuffered("a", 0)
}

func TestAProcessIsToldOfThePlatformBeforeItsEventsAndOfAllElse(t *testing.T) {
	w := start(t, bots(bot("a", processed(false, "kinds"))), nil)
	w.inject("a", "c1", "m1", "hi")
	w.awaitSaid(2)
	must(t, w.connector.Interrupt("a", interruptOf("s", "c1")))
	w.awaitSaid(3)
	_, err := w.connector.Passthrough("a", []byte(`{"platform":"telegram","path":"/p"}`))
	must(t, err)
	w.awaitSaid(4)
	_, err = w.connector.Inject("a", []byte(`{"text":"hi","source":5}`))
	must(t, err)
	w.awaitSaid(5)
	for i, want := range []string{"descriptor", "inbound", "interrupt", "passthrough", "dead_letter"} {
		if got := w.awaitSaid(i + 1); got != want {
			t.Errorf("record %d is %s, want %s", i, got, want)
		}
	}
}

func TestAProcessThatDiedGetsAgainWhatItDidNotAcknowledge(t *testing.T) {
	w := start(t, bots(bot("a", processed(true, "crash", filepath.Join(t.TempDir(), "crashed")))), nil)
	w.inject("a", "c1", "m1", "hi")
	if id := w.awaitSaid(1); !strings.HasPrefix(id, "evt_") {
		t.Errorf("said %q", id)
	}
	w.awaitBuffered("a", 0)
}

func TestABotWhoseProcessDoesNotStayUpSaysSoThoughItIsConnected(t *testing.T) {
	w := start(t, bots(bot("a", processed(false, "die"))), nil)
	w.await("a", func(b *client.Bot) bool {
		return b.PlatformState == client.BotPlatformStateConnected && b.Delivery.Error != nil && b.Delivery.Restarts > 0 &&
			strings.Contains(*b.Delivery.Error, "exit status 3") && b.Delivery.Hint != nil && b.Delivery.Since != nil
	})
}

// The process asks for all that it can see, as one that means ill would.
func TestAProcessSeesNoSecretOfTheDaemonNorOfAnotherBot(t *testing.T) {
	for _, name := range []string{"SECRET", "HERMOD_HTTP_TOKEN", "HERMOD_TOKEN", "HERMOD_SECRET", "GATEWAY_RELAY_SECRET",
		"GATEWAY_RELAY_ENROLL_TOKEN", "OTEL_EXPORTER_OTLP_HEADERS", "SECRET_OF_ANOTHER_BOT", "AWS_SECRET_ACCESS_KEY",
		"HTTPS_PROXY", "LC_SECRET", "NOTIFY_SOCKET", "LISTEN_FDS"} {
		t.Setenv(name, secret)
	}
	t.Setenv("LANG", "eo")
	own := "secret: {env: SECRET}, deliver: {process: {command: ['" + os.Args[0] + "', environment], " +
		"env: {MODE: quick, KEY: {env: SIGNING}, HERMOD_BOT: b}}}"
	w := start(t, bots(bot("a", own)), nil)
	w.inject("a", "c1", "m1", "hi")
	said := strings.Split(w.awaitSaid(1), "\n")
	slices.Sort(said)
	var names []string
	for _, entry := range said {
		name, _, _ := strings.Cut(entry, "=")
		names = append(names, name)
	}
	for _, name := range names {
		if !slices.Contains([]string{"HERMOD_BOT", "HOME", "KEY", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "MODE", "PATH", "TMPDIR", "TZ"}, name) {
			t.Errorf("it sees %s", name)
		}
	}
	for _, want := range []string{"HERMOD_BOT=a", "KEY=" + signing, "LANG=eo", "MODE=quick", "PATH=" + os.Getenv("PATH")} {
		if !slices.Contains(said, want) {
			t.Errorf("it does not see %s, but %q", want, said)
		}
	}
	if all := strings.Join(said, "\n"); strings.Contains(all, secret) {
		t.Errorf("its environment is:\n%s", all)
	}
}

func TestAProcessThatDoesNotEndIsKilled(t *testing.T) {
	t.Parallel() // it waits for real time
	w := start(t, bots(bot("a", processed(false, "stubborn"))), nil)
	w.inject("a", "c1", "m1", "hi")
	w.awaitSaid(1)
	_, err := w.api.DisableBotWithResponse(background, "a")
	must(t, err)
	w.awaitState("a", client.BotStateDisabled)
}
