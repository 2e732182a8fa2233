package main

import (
	"bufio"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// walkthrough is the quick start of the README in a folder of its own, with ports that are free.
type walkthrough struct {
	t         *testing.T
	folder    string
	receiver  *webhookReceiver
	connector *process
	daemon    *daemonProcess
}

// prepare writes the files of the quick start.
func (w *walkthrough) prepare() {
	w.t.Helper()
	for name, secret := range map[string]string{"support": "support's", "alerts": "alerts'", "webhook": signingSecret} {
		must(w.t, os.WriteFile(filepath.Join(w.folder, name+".secret"), []byte(secret+"\n"), 0o600))
	}
}

// start runs the connector with the flags that the README shows, and the daemon with the file that it names.
func (w *walkthrough) start() {
	w.t.Helper()
	readme, err := os.ReadFile("README.md")
	must(w.t, err)
	_, line, found := strings.Cut(string(readme), "\nbin/hermod connector ")
	line, _, _ = strings.Cut(line, " &\n")
	if !found {
		w.t.Fatal("the README starts no connector")
	}
	flags := strings.Fields(strings.ReplaceAll(line, "examples/", w.folder+"/"))
	w.connector = startConnector(w.t, append(flags, "--data", filepath.Join(w.folder, "data"))...)

	file, err := os.ReadFile("../../examples/hermod.yaml")
	must(w.t, err)
	path := filepath.Join(w.folder, "hermod.yaml")
	text := strings.NewReplacer("127.0.0.1:8466", w.connector.addr, "http://127.0.0.1:8080/", w.receiver.URL).Replace(string(file))
	must(w.t, os.WriteFile(path, []byte(text), 0o600))
	w.daemon = startDaemon(w.t, nil, "--config", path)
}

// kill ends both without a word.
func (w *walkthrough) kill() {
	w.t.Helper()
	w.daemon.signal(syscall.SIGKILL)
	w.connector.signal(syscall.SIGKILL)
	_, _ = w.daemon.cmd.Wait(), w.connector.cmd.Wait()
}

// send has the bot get an event.
func (w *walkthrough) send(bot, text string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"gateway":%q,"event":{"text":%q,"source":{"platform":"discord","chat_id":%[2]q}}}`, bot, text)
	response, err := http.Post("http://"+w.connector.addr+"/dev/inbound", "application/json", strings.NewReader(body))
	must(w.t, err)
	must(w.t, response.Body.Close())
	if response.StatusCode != http.StatusOK {
		w.t.Fatalf("the connector answers %s", response.Status)
	}
}

// streamed returns the texts of that many events of the bot support, by id.
func (w *walkthrough) streamed(base string, count int) map[string]string {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, base+"/v1/bots/support/events", nil)
	must(w.t, err)
	request.Header.Set("Accept", "application/x-ndjson")
	response, err := http.DefaultClient.Do(request)
	must(w.t, err)
	defer func() { _ = response.Body.Close() }()
	events := make(map[string]string)
	for lines := bufio.NewScanner(response.Body); len(events) < count && lines.Scan(); {
		var record struct {
			ID    string
			Event wire.Event
		}
		must(w.t, json.Unmarshal(lines.Bytes(), &record))
		events[record.ID] = record.Event.Text
	}
	return events
}

// posted returns the texts of that many events of the bot alerts, by id.
func (w *walkthrough) posted(count int) map[string]string {
	w.t.Helper()
	events := make(map[string]string)
	for len(events) < count {
		post := w.receiver.next(w.t)
		events[post.id] = post.text
	}
	return events
}

func TestKillingTheQuickStartLosesNoEvent(t *testing.T) {
	const count = 8
	works := make(chan struct{}) // closed when the receiver works
	w := &walkthrough{t: t, folder: t.TempDir(), receiver: receiveWebhooks(t, func(string) bool {
		select {
		case <-works:
			return false
		default:
			return true
		}
	})}
	w.prepare()
	w.start()
	base := w.daemon.address()
	for strings.Count(w.daemon.logged.String(), "msg=ready") < 2 { // of the two bots
		w.daemon.await("msg=ready")
	}
	var sent []string
	for i := range count {
		sent = append(sent, fmt.Sprint("event ", i))
		w.send("support", sent[i])
		w.send("alerts", sent[i])
	}
	held, under := w.streamed(base, count), w.posted(count) // all of them are in the daemon's hands
	w.kill()
	close(works)

	w.start()
	again, posted := w.streamed(w.daemon.address(), count), w.posted(count)
	if !maps.Equal(held, again) || !maps.Equal(under, posted) {
		t.Errorf("after the kill there are %v and %v, before it were %v and %v", again, posted, held, under)
	}
	if got := slices.Sorted(maps.Values(again)); !slices.Equal(got, sent) {
		t.Errorf("the stream has %q, want %q", got, sent)
	}
	w.kill()
}
