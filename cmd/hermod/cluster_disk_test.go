//go:build cluster

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// The tests of this file lose a node with its disk.

// lose kills a node, and takes away what its disk held.
func (n *nodeProcess) lose() {
	n.kill()
	must(n.world.t, os.RemoveAll(n.file("state")))
}

// text is what a node's API answers.
func (n *nodeProcess) text(path string) string {
	answer, err := http.Get(*n.url.Load() + path)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(answer.Body)
	return string(body)
}

// write appends to a node's file before it starts.
func (n *nodeProcess) write(file, text string) {
	f, err := os.OpenFile(n.file(file), os.O_APPEND|os.O_WRONLY, 0o600)
	must(n.world.t, err)
	_, err = f.WriteString(text)
	must(n.world.t, err)
	must(n.world.t, f.Close())
}

// refusingSide is a receiver that refuses deliveries until it is told to take them.
type refusingSide struct {
	*httptest.Server
	takes atomic.Bool
	took  atomic.Int64
}

// newRefusing has the cluster's bots post to it.
func (w *clusterWorld) newRefusing() *refusingSide {
	r := new(refusingSide)
	r.Server = httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		if !r.takes.Load() {
			answer.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		r.took.Add(1)
	}))
	w.t.Cleanup(r.Close)
	var file strings.Builder
	fmt.Fprintf(&file, "defaults:\n  url: %s\n  gateway_id: gw\n  secret: {env: NODE}\n  timing: {backoff: 100ms, max_backoff: 1s}\n"+
		"  deliver: {webhook: {url: '%s', secret: {env: W}, retry_for: 10ms}}\nbots:\n", w.platform.url(), r.URL)
	for _, bot := range w.bots {
		fmt.Fprintf(&file, "- {name: %s, identities: [{platform: discord, bot_id: %s}]}\n", bot, bot)
	}
	path := filepath.Join(w.folder, "refused.yaml")
	must(w.t, os.WriteFile(path, []byte(file.String()), 0o600))
	w.command("cluster", "apply", path)
	return r
}

// owner waits until a bot has a session, and returns the node that runs it.
func (w *clusterWorld) owner(bot string) *nodeProcess {
	var node string
	w.until(bot+" has a node", func() bool {
		view, err := w.store.Read(w.t.Context())
		if err != nil {
			return false
		}
		node, _, _, _ = view.Owner(bot)
		return node != "" && w.platform.live() == len(w.bots)
	})
	return w.nodes[map[string]int{"n0": 0, "n1": 1}[node]]
}

func (w *clusterWorld) other(than *nodeProcess) *nodeProcess {
	if than == w.nodes[0] {
		return w.nodes[1]
	}
	return w.nodes[0]
}

func TestAClusterLosesNoDeliveryWithTheDiskThatRefusedItForGood(t *testing.T) {
	t.Parallel()
	w := newClusterWorld(t, 2, 2)
	receiver := w.newRefusing()
	w.nodes[0].start()
	w.nodes[1].start()
	bot := w.bots[0]
	n := w.owner(bot)
	w.platform.deliver(bot)
	w.until("the delivery was given up", func() bool { return strings.Contains(n.text("/v1/bots/"+bot), `"stuck":{`) })
	if w.platform.unacknowledged() != 1 || !strings.Contains(n.text("/v1/dead-letters"), `"total":0`) {
		t.Fatalf("what was acknowledged is on one disk: %s", n.text("/v1/dead-letters"))
	}
	receiver.takes.Store(true)
	n.lose()
	w.until("the other node has delivered it", func() bool { return w.platform.unacknowledged() == 0 })
	if receiver.took.Load() == 0 {
		t.Error("it was acknowledged, and nobody had it")
	}
}

func TestAClusterKeepsDeadLettersOnANodeIfItsFileSaysSo(t *testing.T) {
	t.Parallel()
	w := newClusterWorld(t, 1, 1)
	w.newRefusing()
	n := w.nodes[0]
	n.write("cluster.yaml", "dead_letters: node\n")
	n.start()
	w.until("the bot has a session", func() bool { return w.platform.live() == 1 })
	w.platform.deliver(w.bots[0])
	w.until("the delivery is acknowledged", func() bool { return w.platform.unacknowledged() == 0 })
	if letters := n.text("/v1/dead-letters"); !strings.Contains(letters, `"total":1`) {
		t.Errorf("the node keeps %s", letters)
	}
}

// repeat sends an action with a key through a node again and again, until it is answered by a result.
func (n *nodeProcess) repeat(bot, key string) (body string, replayed bool) {
	n.world.until("an answer to "+key, func() bool {
		request, err := http.NewRequest(http.MethodPost, *n.url.Load()+"/v1/bots/"+bot+"/actions",
			bytes.NewReader([]byte(`{"op":"send","chat_id":"c1","content":"hello"}`)))
		must(n.world.t, err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Idempotency-Key", key)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		defer func() { _ = answer.Body.Close() }()
		all, _ := io.ReadAll(answer.Body)
		body, replayed = string(all), answer.Header.Get("Idempotent-Replayed") == "true"
		return answer.StatusCode == http.StatusOK
	})
	return body, replayed
}

func TestAClusterDoesNotRepeatAnActionWhoseNodeIsGone(t *testing.T) {
	t.Parallel()
	w := newClusterWorld(t, 2, 2)
	w.nodes[0].start()
	w.nodes[1].start()
	bot := w.bots[0]
	gone := w.owner(bot)
	first, replayed := gone.repeat(bot, "k1")
	if replayed || !strings.Contains(first, `"success":true`) {
		t.Fatalf("the first answer is %s", first)
	}
	gone.lose()
	second, replayed := w.other(gone).repeat(bot, "k1")
	if second != first || !replayed {
		t.Errorf("the repeat is answered by %s, replayed %v", second, replayed)
	}
	w.until("the bot runs elsewhere", func() bool { return w.platform.live() == len(w.bots) })
	if fresh, replayed := w.other(gone).repeat(bot, "k2"); replayed || !strings.Contains(fresh, `"success":true`) {
		t.Errorf("a new request is answered by %s", fresh)
	}
	w.platform.mu.Lock()
	defer w.platform.mu.Unlock()
	if w.platform.acted != 2 {
		t.Errorf("the connector had %d actions, of two requests", w.platform.acted)
	}
}
