package pipe

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	json "github.com/goccy/go-json"

	"hermod/actors"
	"hermod/cmd/hermod/internal/cli"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// pipeRun is a pipe in this process, driven line by line.
type pipeRun struct {
	t       *testing.T
	stdin   *io.PipeWriter
	stdout  *io.PipeReader
	records chan map[string]any // closed at the end of the output
	ended   chan error          // takes what Run returned
	cancel  context.CancelFunc  // is the first signal
}

// startPipe runs a pipe that dials url until the test ends.
func startPipe(t *testing.T, url string, adjust ...func(*Config)) *pipeRun {
	t.Helper()
	p := startUnreadPipe(t, url, adjust...)
	go func() {
		defer close(p.records)
		lines := bufio.NewReader(p.stdout)
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				return
			}
			p.records <- parseRecord(t, line)
		}
	}()
	return p
}

// startUnreadPipe leaves reading the output to the test.
func startUnreadPipe(t *testing.T, url string, adjust ...func(*Config)) *pipeRun {
	t.Helper()
	cfg := Config{Relay: actors.Config{
		URL: url, Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}},
		Backoff: 10 * time.Millisecond, MaxBackoff: 20 * time.Millisecond, RetryDelay: time.Millisecond,
		Logger: slog.New(slog.DiscardHandler),
	}}
	for _, change := range adjust {
		change(&cfg)
	}
	p := &pipeRun{t: t, records: make(chan map[string]any, 100_000), ended: make(chan error, 1)}
	stdin, feed := io.Pipe()
	out, stdout := io.Pipe()
	p.stdin, p.stdout = feed, out
	ctx, cancel := context.WithCancel(t.Context())
	p.cancel = cancel
	over := make(chan struct{})
	go func() {
		defer close(over)
		p.ended <- Run(ctx, cfg, stdin, stdout)
		stdout.Close()
	}()
	t.Cleanup(func() {
		feed.Close()
		out.Close()
		<-over
		cancel()
	})
	return p
}

func parseRecord(t *testing.T, line []byte) map[string]any {
	var r map[string]any
	if err := json.Unmarshal(line, &r); err != nil || bytes.Count(line, []byte("\n")) != 1 {
		t.Errorf("not a JSON object on one line: %q (%v)", line, err)
	}
	return r
}

// tell writes a command, or any other line.
func (p *pipeRun) tell(format string, args ...any) {
	p.t.Helper()
	if _, err := fmt.Fprintf(p.stdin, format+"\n", args...); err != nil {
		p.t.Fatalf("writing a command: %v", err)
	}
}

// await returns the next record of the kind whose fields have these values, and skips others.
func (p *pipeRun) await(kind string, pairs ...any) map[string]any {
	p.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	var skipped []map[string]any
	for {
		select {
		case r, ok := <-p.records:
			if !ok {
				p.t.Fatalf("no record %s %v before the end; skipped %v", kind, pairs, skipped)
			}
			if r["kind"] == kind && hasFields(r, pairs) {
				return r
			}
			skipped = append(skipped, r)
		case <-limit.C:
			p.t.Fatalf("no record %s %v; skipped %v", kind, pairs, skipped)
		}
	}
}

func hasFields(r map[string]any, pairs []any) bool {
	for i := 0; i < len(pairs); i += 2 {
		if !reflect.DeepEqual(r[pairs[i].(string)], pairs[i+1]) {
			return false
		}
	}
	return true
}

// at follows keys down nested objects.
func at(r map[string]any, keys ...string) any {
	var value any = r
	for _, key := range keys {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

// endInput ends the input and returns the exit code.
func (p *pipeRun) endInput() int {
	p.t.Helper()
	p.stdin.Close()
	return p.exitCode()
}

func (p *pipeRun) exitCode() int {
	p.t.Helper()
	select {
	case err := <-p.ended:
		if err == nil {
			return 0
		}
		p.t.Logf("the pipe ended: %v", err)
		return cli.ExitCode(err, true)
	case <-time.After(patience):
		p.t.Fatal("the pipe goes on")
		return -1
	}
}

// rest returns the records that are left, up to the end.
func (p *pipeRun) rest() []map[string]any {
	p.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	var records []map[string]any
	for {
		select {
		case r, ok := <-p.records:
			if !ok {
				return records
			}
			records = append(records, r)
		case <-limit.C:
			p.t.Fatalf("the output does not end; got %v", records)
		}
	}
}

// ready runs a pipe against a server and returns the connection once it is ready.
func ready(t *testing.T, adjust ...func(*Config)) (*pipeRun, *wiretest.Conn) {
	t.Helper()
	return readyAt(t, wiretest.Listen(t), adjust...)
}

// inVirtualTime runs a test in a bubble; its relays must dial in memory.
func inVirtualTime(t *testing.T, body func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Cleanup(func() { time.Sleep(2 * time.Millisecond) }) // the framework's own goroutine after a dead letter
		body(t)
	})
}

// readyInMemory is ready for a test in virtual time.
func readyInMemory(t *testing.T, adjust ...func(*Config)) (*pipeRun, *wiretest.Conn) {
	t.Helper()
	srv := wiretest.New(t)
	return readyAt(t, srv, append(adjust, dialWith(srv.Dial))...)
}

func dialWith(dial func(ctx context.Context, network, addr string) (net.Conn, error)) func(*Config) {
	return func(cfg *Config) { cfg.Relay.Dial = dial }
}

func readyAt(t *testing.T, srv *wiretest.Server, adjust ...func(*Config)) (*pipeRun, *wiretest.Conn) {
	t.Helper()
	p := startPipe(t, srv.URL(), adjust...)
	c := srv.Accept()
	c.Handshake()
	p.await("state", "state", "ready")
	p.await("descriptor")
	return p, c
}

func manualAck(cfg *Config)   { cfg.ManualAck = true }
func noReconnect(cfg *Config) { cfg.Relay.NoReconnect = true }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPipeTellsEachStateOnceAndTheDescriptorAfterTheHandshake(t *testing.T) {
	srv := wiretest.Listen(t)
	p := startPipe(t, srv.URL())
	srv.Accept().Handshake()
	descriptor := p.await("descriptor")
	if got := at(descriptor, "descriptor", "max_message_length"); got != 4096.0 {
		t.Errorf("longest message: %v", got)
	}
	if code := p.endInput(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	want := map[string]any{"kind": "state", "state": "closed", "platform_state": "disabled", "attempt": 0.0, "code": 0.0, "reason": ""}
	if got := p.rest(); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("after the descriptor: %v", got)
	}
}

func TestPipeTellsHowAConnectionEndedAndWhenItDialsAgain(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		p, c := readyInMemory(t, func(cfg *Config) {
			cfg.Relay.Backoff, cfg.Relay.MaxBackoff = 10*time.Second, 10*time.Second
		})
		must(t, c.CloseWith(1012, "restart"))
		state := p.await("state")
		if state["state"] != "backoff" || state["platform_state"] != "retrying" || state["attempt"] != 1.0 ||
			state["code"] != 1012.0 || state["reason"] != "restart" || state["error"] == nil {
			t.Errorf("state: %v", state)
		}
		next, err := time.Parse(time.RFC3339, fmt.Sprint(state["next_dial"]))
		if wait := time.Until(next); err != nil || wait < time.Second || wait > 10*time.Second {
			t.Errorf("next dial in %v: %v", wait, err)
		}
		p.tell(`{"do":"wake"}`)
		p.await("state", "state", "connecting")
	})
}

func TestPipeTellsTheDescriptorOfEachIdentity(t *testing.T) {
	srv := wiretest.Listen(t)
	p := startPipe(t, srv.URL(), func(cfg *Config) {
		cfg.Relay.Identities = append(cfg.Relay.Identities, wire.Identity{Platform: "telegram", BotID: "b2"})
	})
	c := srv.Accept()
	for range 2 {
		c.Expect(wire.KindHello)
	}
	must(t, c.SendMessage(
		wire.AppendDescriptor(nil, wiretest.Descriptor("discord")),
		wire.AppendDescriptor(nil, wiretest.Descriptor("telegram"))))
	if got := at(p.await("descriptor"), "descriptor", "platform"); got != "discord" {
		t.Errorf("first descriptor: %v", got)
	}
	must(t, c.CloseWith(1012, "restart"))
	if got := at(p.await("descriptor"), "descriptor", "platform"); got != "telegram" {
		t.Errorf("second descriptor: %v", got)
	}
}

func TestPipeTellsEveryKindOfDelivery(t *testing.T) {
	const forward = `{"platform":"discord","botId":"b1","method":"POST","path":"/p","headers":[["a","1"],["a","2"]],"bodyB64":"eyJ9"}`
	tests := []struct {
		name  string
		frame []byte
		want  string
		ack   string // of the bufferId
	}{
		{
			name:  "live event",
			frame: wire.AppendInbound(nil, wiretest.Event("discord", "c1", "m1", "hi <b>\u2028\n"), ""),
			want:  `{"kind":"inbound","event.text":"hi <b>\u2028\n","event.source.platform":"discord","session_key":"agent:main:discord:dm:c1","bufferId":null}`,
		},
		{
			name:  "buffered event",
			frame: wire.AppendInbound(nil, wiretest.Event("discord", "c1", "m2", "hi"), "7-0"),
			want:  `{"kind":"inbound","event.text":"hi","event.message_id":"m2","event.source.delivered_via_upstream_relay":true,"bufferId":"7-0"}`,
			ack:   "7-0",
		},
		{
			name:  "passthrough",
			frame: wire.AppendPassthroughForward(nil, json.RawMessage(forward), "8"),
			want:  `{"kind":"passthrough","forward":{"platform":"discord","botId":"b1","method":"POST","path":"/p","headers":[["a","1"],["a","2"]],"body":"eyJ9"},"bufferId":"8"}`,
			ack:   "8",
		},
		{
			name:  "interrupt",
			frame: wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "s", ChatID: "c"}),
			want:  `{"kind":"interrupt","session_key":"s","chat_id":"c"}`,
		},
		{
			name:  "undecodable",
			frame: []byte(`{"type":"inbound","bufferId":"9","event":5}` + "\n"),
			want:  `{"kind":"dead_letter","raw":"{\"type\":\"inbound\",\"bufferId\":\"9\",\"event\":5}","bufferId":"9","encoding":null}`,
			ack:   "9",
		},
	}
	p, c := ready(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			must(t, c.Send(tt.frame))
			var want map[string]any
			must(t, json.Unmarshal([]byte(tt.want), &want))
			got := p.await(want["kind"].(string))
			for path, value := range want {
				if found := at(got, strings.Split(path, ".")...); !reflect.DeepEqual(found, value) {
					t.Errorf("%s is %v, want %v", path, found, value)
				}
			}
			if tt.ack == "" {
				return
			}
			if ack, err := wire.DecodeInboundAck(c.Expect(wire.KindInboundAck)); err != nil || ack != tt.ack {
				t.Errorf("acknowledged %q: %v", ack, err)
			}
		})
	}
}

func TestPipeTellsOfASessionBeforeItsDeliveries(t *testing.T) {
	srv := wiretest.Listen(t)
	p := startPipe(t, srv.URL())
	c := srv.Accept()
	c.Expect(wire.KindHello)
	// The connector replays before it has even answered the hello.
	must(t, c.SendMessage(
		wire.AppendInbound(nil, wiretest.Event("discord", "c1", "m1", "early"), "1"),
		wire.AppendDescriptor(nil, wiretest.Descriptor("discord"))))
	var order []any
	for len(order) < 3 {
		if r := <-p.records; r["kind"] != "state" || r["state"] == "ready" {
			order = append(order, r["kind"])
		}
	}
	if want := []any{"state", "descriptor", "inbound"}; !reflect.DeepEqual(order, want) {
		t.Errorf("records came as %v", order)
	}
}
