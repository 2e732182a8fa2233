//go:build interop

package interop

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// buildHermod builds the command once and returns its path.
var buildHermod = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(built, "hermod")
	out, err := exec.Command("go", "build", "-o", binary, "hermod/cmd/hermod").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build hermod: %w\n%s", err, out)
	}
	return binary, nil
})

// pipeTo runs `hermod pipe` against f until it is ready.
func pipeTo(t *testing.T, f foreign, flags ...string) *process {
	t.Helper()
	binary, err := buildHermod()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"pipe", "--url", f.url, "--platform", "discord", "--bot-id", "b1",
		"--gateway-id", gatewayID, "--backoff", "50ms"}, flags...)
	p := run(t, []string{"HERMOD_SECRET=" + secret}, "", binary, args...)
	f.awaitDial(t)
	p.await("kind", "state", "state", "ready")
	return p
}

func TestPipeTellsTheForeignDescriptor(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		binary, err := buildHermod()
		if err != nil {
			t.Fatal(err)
		}
		p := run(t, nil, "", binary, "pipe", "--url", f.url, "--platform", "discord")
		if got := p.await("kind", "descriptor").at("descriptor", "max_message_length"); got != float64(2000) {
			t.Errorf("longest message: %v", got)
		}
		if got := f.await("event", "connected")["authorization"]; got != "" {
			t.Errorf("a relay without a secret sent authorization %v", got)
		}
	})
}

func TestPipeGetsAForeignResult(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		p := pipeTo(t, f)
		p.tell(map[string]any{"id": "1", "do": "send", "action": wire.NewSend("c1", "grüße 🔌")})
		r := p.await("kind", "result", "id", "1")
		if r.at("result", "success") != true || r.at("result", "message_id") != l.name+"-1" {
			t.Errorf("result: %v", r)
		}
		if got := f.awaitFrame("outbound").at("action", "content"); got != "grüße 🔌" {
			t.Errorf("content: %v", got)
		}
		p.tell(map[string]any{"id": "2", "do": "go_idle", "timeout": "5s"})
		if got := p.await("kind", "idle", "id", "2")["acked"]; got != true {
			t.Errorf("idle acknowledged: %v", got)
		}
	})
}

func TestPipeAcknowledgesEveryShapeOfMessage(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		p := pipeTo(t, f)
		for _, shape := range shapes {
			t.Run(shape.name, func(t *testing.T) {
				f.tell(shape.send)
				for _, want := range shape.want {
					r := p.await("kind", "inbound")
					if r.at("event", "text") != want+" 🔌" || r["session_key"] != "agent:main:discord:dm:c1" {
						t.Errorf("delivered %.300v, want %q", r, want)
					}
					if got := f.awaitFrame("inbound_ack")["bufferId"]; got != r["bufferId"] {
						t.Errorf("acknowledged %v, want %v", got, r["bufferId"])
					}
				}
			})
		}
	})
}

func TestPipePassesOnInterruptsAndWebhooks(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		p := pipeTo(t, f)
		interrupt := wire.InterruptInbound{SessionKey: "agent:main:discord:dm:c1", ChatID: "c1"}
		f.tell(message{Do: "message", Text: string(wire.AppendInterruptInbound(nil, interrupt))})
		if r := p.await("kind", "interrupt"); r["session_key"] != interrupt.SessionKey || r["chat_id"] != "c1" {
			t.Errorf("interrupt: %v", r)
		}
		forward := json.RawMessage(`{"platform":"discord","botId":"b1","method":"POST","path":"/hook",` +
			`"headers":[["X-A","1"],["X-A","2"]],"bodyB64":"eyJ0eXBlIjoyfQ=="}`)
		f.tell(message{Do: "message", Text: string(wire.AppendPassthroughForward(nil, forward, "9"))})
		r := p.await("kind", "passthrough", "bufferId", "9")
		if r.at("forward", "path") != "/hook" || r.at("forward", "body") != "eyJ0eXBlIjoyfQ==" {
			t.Errorf("passthrough: %v", r)
		}
		if got := f.awaitFrame("inbound_ack")["bufferId"]; got != "9" {
			t.Errorf("acknowledged %v", got)
		}
	})
}

func TestPipeWithManualAckWaitsForTheUser(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		p := pipeTo(t, f, "--manual-ack")
		f.tell(message{Do: "message", Text: inbound("m1", "7")})
		p.await("kind", "inbound", "bufferId", "7")
		// What was asked after the delivery is answered before its ack.
		p.tell(map[string]any{"id": "1", "do": "send", "action": wire.NewSend("c1", "busy")})
		p.await("kind", "result", "id", "1")
		p.tell(map[string]any{"do": "ack", "bufferId": "7"})
		for _, want := range []string{"hello", "outbound", "inbound_ack"} {
			if got := f.await("event", "frame").at("frame", "type"); got != want {
				t.Errorf("the connector got %v, want %v", got, want)
			}
		}
	})
}

func TestPipeIsDisabledByAForeignRevocation(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		p := pipeTo(t, f)
		f.close(wire.CloseUnauthorized, "unauthorized")
		r := p.await("kind", "state", "state", "disabled")
		if r["platform_state"] != "disabled" || r["code"] != float64(wire.CloseUnauthorized) || r["reason"] != "unauthorized" {
			t.Errorf("state: %v", r)
		}
		p.tell(map[string]any{"id": "1", "do": "send", "action": wire.NewSend("c1", "anyone?")})
		if got := p.await("kind", "result", "id", "1"); got.at("result", "success") != false {
			t.Errorf("result: %v", got)
		}
		if code := p.finish(); code != 3 {
			t.Errorf("exit code %d, want 3", code)
		}
	})
}

func TestPipeDialsAgainAfterAForeignDrop(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		p := pipeTo(t, f)
		f.tell(map[string]any{"do": "terminate"})
		p.await("kind", "state", "state", "backoff")
		f.awaitDial(t)
		p.await("kind", "state", "state", "ready")
	})
}

func TestPipeWithoutReconnectEndsWithTheLink(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		p := pipeTo(t, f, "--no-reconnect")
		f.close(wire.CloseRestart, "restart")
		if code := p.exitCode(); code != 4 {
			t.Errorf("exit code %d, want 4", code)
		}
	})
}

func TestPipeClosesInOrderAtTheEndOfItsInput(t *testing.T) {
	each(t, func(t *testing.T, l language) {
		f := startForeign(t, l)
		p := pipeTo(t, f)
		if code := p.finish(); code != 0 {
			t.Errorf("exit code %d, want 0", code)
		}
		if closed := f.await("event", "closed"); closed["code"] != float64(wire.CloseNormal) {
			t.Errorf("the connector saw %v", closed)
		}
	})
}
