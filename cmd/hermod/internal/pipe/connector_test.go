package pipe

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/cli"
	"hermod/connector"
	"hermod/wire"
	"hermod/wire/wiretest"
)

const secret = wire.Secret("a secret of the tests")

// serve runs a connector with one gateway, g1, until the test ends.
func serve(t *testing.T, adjust ...func(*connector.Config)) *connector.Connector {
	t.Helper()
	cfg := connector.Config{
		DataDir: t.TempDir(), Logger: slog.New(slog.DiscardHandler),
		Gateways: map[string][]wire.Secret{"g1": {secret}},
	}
	for _, change := range adjust {
		change(&cfg)
	}
	c, err := connector.Start(cfg)
	must(t, err)
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func asGateway(cfg *Config) { cfg.Relay.GatewayID, cfg.Relay.Secret = "g1", secret }

func chatEvent(id int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"text":"%d","message_id":"m%d","source":{"platform":"discord","chat_id":"c1"}}`, id, id))
}

func TestPipeServesAConnector(t *testing.T) {
	interrupted := make(chan wire.Interrupt, 1)
	c := serve(t, func(cfg *connector.Config) {
		cfg.Live, cfg.OnInterrupt = true, func(_ string, i wire.Interrupt) { interrupted <- i }
	})
	p := startPipe(t, c.URL(), asGateway)
	p.await("state", "state", "ready")
	p.await("descriptor")

	_, err := c.Inject("", chatEvent(1))
	must(t, err)
	in := p.await("inbound")
	if at(in, "event", "text") != "1" || in["bufferId"] != nil {
		t.Errorf("record %v", in)
	}
	_, err = c.Passthrough("", json.RawMessage(`{"platform":"discord","method":"GET","path":"/x"}`))
	must(t, err)
	p.await("passthrough")
	must(t, c.Interrupt("", wire.InterruptInbound{SessionKey: "s", ChatID: "c"}))
	p.await("interrupt", "session_key", "s", "chat_id", "c")

	p.tell(`{"id":1,"do":"send","action":{"op":"send","chat_id":"c1","content":"hi"},"platform":"discord"}`)
	result := p.await("result", "id", 1.0)
	sent := c.Outbound(0)
	if at(result, "result", "success") != true || len(sent) != 1 || sent[0].BotID != "b1" ||
		!strings.Contains(string(sent[0].Action.AppendJSON(nil)), `"hi"`) {
		t.Errorf("result %v, sent %v", result, sent)
	}
	p.tell(`{"do":"interrupt","session_key":"s","reason":"enough"}`)
	if i := <-interrupted; i.SessionKey != "s" || *i.Reason != "enough" {
		t.Errorf("interrupt %v", i)
	}
	if code := p.endInput(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestPipeGetsWhatWasBufferedWhileItSlept(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		const count = 20
		listener := wiretest.NewListener()
		c := serve(t, func(cfg *connector.Config) { cfg.Listener = listener })
		p := startPipe(t, c.URL(), asGateway, dialWith(listener.Dial))
		p.await("state", "state", "ready")
		p.tell(`{"id":1,"do":"go_dormant"}`)
		p.await("idle", "acked", true)
		for i := range count {
			d, err := c.Inject("", chatEvent(i))
			must(t, err)
			if d.Live {
				t.Fatal("delivered live to a gateway that sleeps")
			}
		}
		p.tell(`{"do":"wake"}`)
		for i := range count {
			if r := p.await("inbound"); at(r, "event", "text") != fmt.Sprint(i) || r["bufferId"] == nil {
				t.Fatalf("record %d is %v", i, r)
			}
		}
		if code := p.endInput(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if state := c.State()["g1"]; state.Buffered != 0 {
			t.Errorf("left behind: %+v", state)
		}
	})
}

func TestPipeLosesNoDeliveryWithItsOutput(t *testing.T) {
	const count = 50
	c := serve(t, func(cfg *connector.Config) { cfg.Window = 1 })
	p := startUnreadPipe(t, c.URL(), asGateway)
	for i := range count {
		_, err := c.Inject("", chatEvent(i))
		must(t, err)
	}
	// The first reader dies after some records, a second one gets the rest.
	seen := make(map[any]int)
	lines := &io.LimitedReader{R: p.stdout, N: 4000}
	content, err := io.ReadAll(lines)
	must(t, err)
	p.stdout.Close()
	for line := range strings.SplitSeq(strings.TrimRight(string(content), "\n"), "\n") {
		var r map[string]any
		if json.Unmarshal([]byte(line), &r) == nil && r["kind"] == "inbound" {
			seen[at(r, "event", "text")]++
		}
	}
	if code := p.exitCode(); code != cli.ExitFailure || len(seen) == 0 || len(seen) == count {
		t.Errorf("exit code %d after %d records", code, len(seen))
	}
	again := startPipe(t, c.URL(), asGateway)
	for len(seen) < count {
		seen[at(again.await("inbound"), "event", "text")]++
	}
}

func TestPipeIsDisabledWhenItsGatewayIsRevoked(t *testing.T) {
	c := serve(t)
	p := startPipe(t, c.URL(), asGateway)
	p.await("state", "state", "ready")
	must(t, c.Revoke("g1"))
	p.await("state", "state", "disabled")
	p.tell(`{"id":1,"do":"send","action":{"op":"send"}}`)
	if r := p.await("result", "id", 1.0); at(r, "result", "success") != false {
		t.Errorf("result %v", r)
	}
	if code := p.endInput(); code != ExitDisabled {
		t.Errorf("exit code %d", code)
	}
}

func TestPipeDialsAgainAfterACut(t *testing.T) {
	c := serve(t)
	p := startPipe(t, c.URL(), asGateway)
	for range 3 {
		p.await("state", "state", "ready")
		p.await("descriptor")
		must(t, c.Cut("g1"))
		p.await("state", "state", "connecting")
	}
}
