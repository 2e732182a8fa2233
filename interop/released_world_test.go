//go:build interop

package interop

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/wire/wiretest"
)

// served is a `hermod connector` with no flag that changes how it serves gateways.
type served struct {
	*process
	address string
}

func serve(t *testing.T) served {
	t.Helper()
	binary, err := buildHermod()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	p := run(t, nil, "", binary, "connector", "--dev", "--listen", "127.0.0.1:0", "--data", t.TempDir(),
		"--gateway", gatewayID+"="+file)
	address, ok := (<-p.records)["listening"].(string)
	if !ok {
		t.Fatalf("the connector does not listen\n%s", p.stderr)
	}
	t.Cleanup(func() { p.signal(syscall.SIGTERM) }) // it does not end with its input
	return served{p, address}
}

// call uses the control API and returns the status and the answer.
func (s served) call(method, path string, body any) (int, record) {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.address+"/dev/"+path, bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var r record
	if err := json.Unmarshal(answer, &r); err != nil && len(answer) > 0 && answer[0] == '{' {
		s.t.Fatalf("%s %s: %s: %v", method, path, answer, err)
	}
	return response.StatusCode, r
}

// must is call for what has to work.
func (s served) must(path string, body any) record {
	s.t.Helper()
	status, answer := s.call(http.MethodPost, path, body)
	if status != http.StatusOK {
		s.t.Fatalf("POST %s: %d %v", path, status, answer)
	}
	return answer
}

// inject hands over the event of a message.
func (s served) inject(messageID, text string) {
	s.t.Helper()
	s.must("inbound", map[string]any{"event": json.RawMessage(wiretest.Event("discord", "c1", messageID, text))})
}

// state is what the connector knows of the gateway.
func (s served) state() record {
	s.t.Helper()
	_, answer := s.call(http.MethodGet, "state", nil)
	of, ok := answer.at("gateways", gatewayID).(map[string]any)
	if !ok {
		s.t.Fatalf("no state of the gateway in %v", answer)
	}
	return of
}

func (s served) awaitEmpty() {
	s.t.Helper()
	eventually(s.t, "nothing waits for the gateway", func() bool { return s.state()["buffered"] == 0.0 })
}

// releasedGateway is what a program that behaves as released gateways do is told to be.
type releasedGateway struct {
	URL        string              `json:"url"`
	GatewayID  string              `json:"gatewayId"`
	Identities []map[string]string `json:"identities"`
	Pause      float64             `json:"pause"`             // seconds between two dials
	Life       int                 `json:"life,omitempty"`    // of its first token, in seconds
	MaxSize    int                 `json:"maxSize,omitempty"` // bytes of a message that it takes
	// CloseTime is how many seconds websockets waits for the end of a connection that it closed: 10 when 0.
	CloseTime float64 `json:"closeTime,omitempty"`
}

// dial starts a released gateway that dials s.
func (s served) dial(t *testing.T, l language, change func(*releasedGateway)) *process {
	t.Helper()
	g := releasedGateway{
		URL: "ws://" + s.address + "/relay", GatewayID: gatewayID, Pause: 0.05,
		Identities: []map[string]string{{"platform": "discord", "botId": "b1"}},
	}
	if change != nil {
		change(&g)
	}
	argument, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	return l.start(t, []string{"HERMOD_SECRET=" + secret}, "released", string(argument))
}

// eachReleased runs a test for the gateway of each language, side by side.
func eachReleased(t *testing.T, test func(t *testing.T, l language, s served)) {
	t.Parallel()
	each(t, func(t *testing.T, l language) {
		t.Parallel()
		test(t, l, serve(t))
	})
}

// awaitMessages takes the inbound events up to the one of a message and returns the ids of all.
func (p *process) awaitMessages(last string) (ids []string) {
	p.t.Helper()
	for {
		id := fmt.Sprint(p.awaitFrame("inbound").at("event", "message_id"))
		if ids = append(ids, id); id == last {
			return ids
		}
	}
}

// gather collects the frames that a gateway reports until done says that it is enough.
func (p *process) gather(done func(r record) bool) (frames []record) {
	p.t.Helper()
	for {
		r := p.await("event", "frame")
		frame, _ := r["frame"].(map[string]any)
		frames = append(frames, frame)
		if done(frame) {
			return frames
		}
	}
}
