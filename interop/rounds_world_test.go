//go:build interop

package interop

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/wire/wiretest"
)

// A round's traffic: events come in chats, side by side, and sends are in flight side by side.
const (
	roundChats    = 32
	roundInFlight = 8
)

// member is a process of a round that is killed and started again.
type member struct {
	name  string
	start func() *process
	now   *process
	kills int
}

// kill ends the process as kill -9 does, and waits until it is gone.
func (m *member) kill() {
	m.kills++
	_ = m.now.cmd.Process.Kill()
	for range m.now.records {
	}
	<-m.now.exited
}

func (m *member) begin() { m.now = m.start() }

// world is a gateway behind a daemon behind a connector, and the accounts of the two ends.
type world struct {
	t                              *testing.T
	folder                         string
	connectorAt, daemonAt          string
	members                        []*member
	gatewayAccount, appliedAccount string
}

// newWorld starts the three, each of which keeps its address and its folder from one life to the next.
func newWorld(t *testing.T, l language, sends int) *world {
	w := &world{t: t, folder: t.TempDir(), connectorAt: freeAddress(t), daemonAt: freeAddress(t)}
	w.gatewayAccount, w.appliedAccount = filepath.Join(w.folder, "gateway"), filepath.Join(w.folder, "applied")
	w.write("upstream.secret", secret)
	w.write("local.secret", localSecret)
	w.write("hermod.yaml", fmt.Sprintf(`http: {listen: '127.0.0.1:0'}
state: state
gateways: {listen: '%s', durable: true}
bots:
  - name: bot
    url: ws://%s
    gateway_id: %s
    secret: {file: upstream.secret}
    identities: [{platform: discord, bot_id: b1}]
    timing: {backoff: 100ms, max_backoff: 500ms}
    deliver: {relay: {gateway_id: local, secret: {file: local.secret}}}
`, w.daemonAt, w.connectorAt, gatewayID))
	w.members = []*member{
		{name: "connector", start: w.startConnector},
		{name: "daemon", start: w.startDaemon},
		{name: "gateway", start: func() *process { return w.startGateway(l, sends) }},
	}
	for _, m := range w.members {
		m.begin()
	}
	return w
}

// localSecret signs the tokens with which the gateway dials the daemon.
const localSecret = "battery staple"

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.folder, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// freeAddress is one that several lives of a process can listen on in turn.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func (w *world) startConnector() *process {
	config, err := json.Marshal(applying{w.connectorAt, filepath.Join(w.folder, "buffer"), w.appliedAccount})
	if err != nil {
		w.t.Fatal(err)
	}
	return run(w.t, []string{applyingConnector + "=" + string(config)}, w.folder, os.Args[0])
}

func (w *world) startDaemon() *process {
	binary, err := buildHermod()
	if err != nil {
		w.t.Fatal(err)
	}
	return run(w.t, nil, w.folder, binary, "run", "--config", filepath.Join(w.folder, "hermod.yaml"))
}

// keeper is what a gateway that keeps an account is told to be.
type keeper struct {
	releasedGateway
	Account  string `json:"account"`
	Sends    int    `json:"sends"`
	InFlight int    `json:"inFlight"`
}

func (w *world) startGateway(l language, sends int) *process {
	argument, err := json.Marshal(keeper{
		releasedGateway: releasedGateway{
			URL: "ws://" + w.daemonAt + "/relay", GatewayID: "local", Pause: 0.1,
			Identities: []map[string]string{{"platform": "discord", "botId": "b1"}},
		},
		Account: w.gatewayAccount, Sends: sends, InFlight: roundInFlight,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return l.start(w.t, []string{"HERMOD_SECRET=" + localSecret}, "keeper", string(argument))
}

// injectAll hands the connector the events of each chat in their order, and returns when it has kept all of them, or
// when stop is closed. An event whose fate is unknown since the connector was killed is handed over again.
func (w *world) injectAll(events int, stop <-chan struct{}) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for chat := range roundChats {
		wg.Go(func() {
			for n := range (events - chat + roundChats - 1) / roundChats {
				id, number := fmt.Sprintf("c%d", chat), fmt.Sprint(n)
				body, _ := json.Marshal(map[string]any{
					"event": json.RawMessage(wiretest.Event("discord", id, id+"-"+number, number))})
				for !w.offer(body) {
					select {
					case <-time.After(20 * time.Millisecond):
					case <-stop:
						return
					}
				}
			}
		})
	}
}

// injector gives up on a connector that does not answer.
var injector = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: roundChats}}

// offer hands over an event and reports whether the connector has kept it.
func (w *world) offer(body []byte) bool {
	response, err := injector.Post("http://"+w.connectorAt+"/dev/inbound", "application/json", bytes.NewReader(body))
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}
