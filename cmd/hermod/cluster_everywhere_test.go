//go:build cluster

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/api"
)

// streamed is a bot of the tests that delivers by a stream, homeless one that no node can run.
const (
	streamed = "streamed"
	homeless = "homeless"
)

// TestAClusterShowsAndStreamsEveryBotAtAnyNode runs three nodes as processes.
func TestAClusterShowsAndStreamsEveryBotAtAnyNode(t *testing.T) {
	t.Parallel()
	w := newClusterWorld(t, 3, 8)
	more := fmt.Sprintf(`- {name: %s, identities: [{platform: discord, bot_id: %[1]s}], deliver: {stream: {}}}
- {name: %s, identities: [{platform: slack, bot_id: %[2]s}], deliver: {webhook: {url: 'http://127.0.0.1:9', secret: {env: MISSING}}}}
`, streamed, homeless)
	file := filepath.Join(w.folder, "bots.yaml")
	text, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, append(text, more...), 0o600))
	w.command("cluster", "apply", file)
	w.bots, w.homeless = append(w.bots, streamed), 1
	var all sync.WaitGroup
	for _, n := range w.nodes {
		all.Go(n.start)
	}
	all.Wait()
	w.await("start")
	w.balanced()
	w.showEverywhere()
	w.streamEverywhere()
	w.silentNode()
}

// get asks a node's API.
func (n *nodeProcess) get(path string, into any) {
	t := n.world.t
	t.Helper()
	answer, err := http.Get(*n.url.Load() + path)
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	if text, is := into.(*string); is {
		*text = string(body)
		return
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%s answers %s: %v", path, body, err)
	}
}

// list follows the pages of a node's list, and says of each bot where it is and how.
func (n *nodeProcess) list() (all []string) {
	for cursor, more := "", true; more; more = cursor != "" {
		var page struct {
			Bots []api.Bot
			Next string
		}
		n.get("/v1/bots?limit=4&cursor="+cursor, &page)
		for _, b := range page.Bots {
			all = append(all, fmt.Sprintf("%s@%s/%d %s", b.Name, b.Node, b.Epoch, b.State))
		}
		cursor = page.Next
	}
	return all
}

// wanted is the same as etcd has it.
func (w *clusterWorld) wanted(state func(bot, node string) string) (all []string) {
	view, err := w.store.Read(context.Background())
	must(w.t, err)
	for bot := range view.Bots {
		node, _, epoch, owned := view.Owner(bot)
		if !owned {
			node, epoch = "", 0
		}
		all = append(all, fmt.Sprintf("%s@%s/%d %s", bot, node, epoch, state(bot, node)))
	}
	slices.Sort(all)
	return all
}

// showEverywhere compares what each node shows with what etcd has.
func (w *clusterWorld) showEverywhere() {
	t := w.t
	t.Helper()
	off := w.bots[0]
	answer, err := http.Post(*w.nodes[1].url.Load()+"/v1/bots/"+off+"/disable", "", nil)
	must(t, err)
	_ = answer.Body.Close()
	want := func() []string {
		return w.wanted(func(bot, node string) string {
			switch {
			case bot == homeless:
				return "unassigned"
			case bot == off:
				return "disabled"
			}
			return "ready"
		})
	}
	for _, n := range w.nodes {
		w.until(n.name+" shows every bot where etcd says that it is", func() bool { return slices.Equal(n.list(), want()) })
		w.until(n.name+" counts them", func() bool {
			var d api.Daemon
			n.get("/v1/daemon", &d)
			return d.Node == n.name && len(d.Nodes) == 3 && d.Bots["connected"] == 8 && d.Bots["disabled"] == 1 &&
				d.Bots["retrying"] == 1 && d.Nodes[0].Lacks == 1 && d.Nodes[0].State == api.NodeMember
		})
		w.until(n.name+" has the metrics of the cluster", func() bool {
			var metrics string
			n.get("/metrics", &metrics)
			shares, _ := w.shares()
			for node, bots := range shares {
				if !strings.Contains(metrics, fmt.Sprintf("hermod_cluster_bots{cluster=\"test\",node=%q} %d\n", node, bots)) {
					return false
				}
			}
			return !slices.ContainsFunc([]string{`hermod_cluster_bots_unassigned{cluster="test"} 1`,
				`hermod_cluster_bots_disabled{cluster="test"} 1`, `hermod_cluster_member{cluster="test"} 1`},
				func(line string) bool { return !strings.Contains(metrics, line+"\n") })
		})
		n.watches()
	}
	t.Logf("hermod status at n2:\n%s", w.status(w.nodes[2]))
	answer, err = http.Post(*w.nodes[2].url.Load()+"/v1/bots/"+off+"/enable", "", nil)
	must(t, err)
	_ = answer.Body.Close()
	w.await("enable")
}

// watches reads a node's events until it has told of every bot.
func (n *nodeProcess) watches() {
	t := n.world.t
	t.Helper()
	lines := n.open("/v1/events", "")
	defer lines.end()
	told := make(map[string]string)
	for line := range lines.text {
		var b api.Bot
		if data, is := strings.CutPrefix(line, "data: "); is && json.Unmarshal([]byte(data), &b) == nil && b.Name != "" {
			told[b.Name] = b.Node
		}
		if line == "event: synced" {
			break
		}
	}
	view, err := n.world.store.Read(context.Background())
	must(t, err)
	for bot := range view.Bots {
		node, _, _, owned := view.Owner(bot)
		if where, is := told[bot]; !is || owned && where != node {
			t.Errorf("the events of %s tell that %s is at %q, told %t", n.name, bot, where, is)
		}
	}
}

func (w *clusterWorld) status(n *nodeProcess) string {
	var out, problems bytes.Buffer
	cmd := exec.Command(os.Args[0], "status", "--all", "--url", *n.url.Load())
	cmd.Env = append(clearedEnvironment(), asHermod+"=1")
	cmd.Stdout, cmd.Stderr = &out, &problems
	_ = cmd.Run() // the exit code is that of the bots
	for _, part := range []string{"NODE", "n0", "n1", "n2", homeless, "unassigned", "member"} {
		if !strings.Contains(out.String(), part) {
			w.t.Errorf("the status lacks %q: %s%s", part, out.String(), problems.String())
		}
	}
	return out.String()
}

// lines is a stream that is read line by line.
type lines struct {
	text <-chan string // closed at its end
	end  func()
}

// open reads a stream of a node, which must begin within the patience of the tests.
func (n *nodeProcess) open(path, cursor string) lines {
	t := n.world.t
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, *n.url.Load()+path, nil)
	must(t, err)
	request.Header.Set("Accept", "application/x-ndjson, text/event-stream;q=0.5")
	if cursor != "" {
		request.Header.Set("Last-Event-ID", cursor)
	}
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(answer.Body)
		t.Fatalf("%s of %s answers %s: %s", path, n.name, answer.Status, body)
	}
	text := make(chan string, 1000)
	go func() {
		defer close(text)
		scanner := bufio.NewScanner(answer.Body)
		scanner.Buffer(nil, 16<<20)
		for scanner.Scan() {
			text <- scanner.Text()
		}
	}()
	return lines{text, func() {
		cancel()
		_ = answer.Body.Close()
	}}
}

// next is the next record that is no heartbeat; its kind is "" at the end of the stream.
func (l lines) next(t *testing.T) (r struct{ Kind, ID, Reason, Text string }) {
	t.Helper()
	for line := range l.text {
		var record struct {
			Kind, ID, Reason string
			Event            struct{ Text string }
		}
		if json.Unmarshal([]byte(line), &record) != nil {
			t.Fatalf("a record is %q", line)
		}
		if record.Kind == "heartbeat" {
			continue
		}
		r.Kind, r.ID, r.Reason, r.Text = record.Kind, record.ID, record.Reason, record.Event.Text
		return r
	}
	return r
}

// ownerOf is the node process that has a bot, and another one.
func (w *clusterWorld) ownerOf(bot string) (owner, other *nodeProcess) {
	view, err := w.store.Read(context.Background())
	must(w.t, err)
	node, _, _, _ := view.Owner(bot)
	for _, n := range w.nodes {
		if n.name == node {
			owner = n
		} else if n.url.Load() != nil {
			other = n
		}
	}
	if owner == nil {
		w.t.Fatalf("nobody has %s", bot)
	}
	return owner, other
}

// streamEverywhere reads the streamed bot at a node that does not run it, while it moves and while its node dies.
func (w *clusterWorld) streamEverywhere() {
	t := w.t
	t.Helper()
	path := "/v1/bots/" + streamed + "/events"
	owner, other := w.ownerOf(streamed)
	stream := other.open(path, "")
	w.platform.deliver(streamed)
	first := stream.next(t)
	if first.Kind != "inbound" || first.Text == "" {
		t.Fatalf("the first record is %+v", first)
	}
	other.acknowledge(first.ID)
	w.until("the delivery is acknowledged", func() bool { return w.platform.unacknowledged() == 0 })
	w.platform.deliver(streamed)
	second := stream.next(t)

	w.command("cluster", "drain", owner.name)
	since := time.Now()
	if end := stream.next(t); end.Kind != "end" || end.Reason != "left" {
		t.Errorf("when the bot moves, the stream ends with %+v", end)
	}
	if after, more := <-stream.text; more {
		t.Errorf("after its end the stream tells %q", after)
	}
	t.Logf("the stream ended %v after its node began to drain", time.Since(since).Round(time.Millisecond))
	stream = other.open(path, "")
	again := stream.next(t)
	if again.ID != second.ID {
		t.Errorf("the next node brings %+v again, in place of %+v", again, second)
	}
	w.command("cluster", "undrain", owner.name)
	w.balanced()
	stream.end()

	owner, other = w.ownerOf(streamed)
	stream = other.open(path, "")
	if once := stream.next(t); once.ID != second.ID {
		t.Errorf("the stream begins with %+v", once)
	}
	owner.kill()
	since = time.Now()
	end := stream.next(t)
	if end.Kind != "end" || end.Reason != "lost" && end.Reason != "moved" {
		t.Errorf("when its node dies, the stream ends with %+v", end)
	}
	t.Logf("the stream ended %v after its node was killed: %s", time.Since(since).Round(time.Millisecond), end.Reason)
	w.await("kill")
	stream = other.open(path, "")
	if again := stream.next(t); again.ID != second.ID {
		t.Errorf("after its node died, the stream begins with %+v", again)
	}
	other.acknowledge(second.ID)
	w.until("every delivery is acknowledged", func() bool { return w.platform.unacknowledged() == 0 })
	stream.end()
	owner.start()
	w.balanced()
}

func (n *nodeProcess) acknowledge(id string) {
	t := n.world.t
	t.Helper()
	body, err := json.Marshal(map[string][]string{"ids": {id}})
	must(t, err)
	answer, err := http.Post(*n.url.Load()+"/v1/bots/"+streamed+"/acks", "application/json", bytes.NewReader(body))
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	if text, _ := io.ReadAll(answer.Body); !strings.Contains(string(text), `"acknowledged":1`) {
		t.Errorf("the acknowledgement at %s is answered %s", n.name, text)
	}
}

// silentNode freezes a node: its bots are unknown at the others until they have other nodes.
func (w *clusterWorld) silentNode() {
	t := w.t
	t.Helper()
	frozen, other := w.nodes[0], w.nodes[1]
	had := w.botsOf(frozen.name)
	frozen.signal(syscall.SIGSTOP)
	var page struct{ Bots []api.Bot }
	var longest time.Duration
	list := func() {
		begun := time.Now()
		other.get("/v1/bots", &page)
		longest = max(longest, time.Since(begun))
	}
	w.until("its bots are unknown", func() bool {
		list()
		unknown := 0
		for _, b := range page.Bots {
			if b.Node == frozen.name && b.PlatformState == "unknown" && slices.Contains(had, b.Name) {
				unknown++
			}
		}
		return unknown == len(had)
	})
	w.until("other nodes have its bots", func() bool {
		list()
		return !slices.ContainsFunc(page.Bots, func(b api.Bot) bool { return b.State != "ready" && b.Name != homeless })
	})
	t.Logf("with a node frozen, the longest of the lists took %v", longest.Round(time.Millisecond))
	frozen.signal(syscall.SIGCONT)
	w.balanced()
	if doubles := w.platform.twice(); len(doubles) > 0 {
		t.Errorf("two live sessions: %v", doubles)
	}
}
