package pipe

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"hermod/cmd/hermod/internal/cli"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// lastState fails the test unless the last record is this state.
func lastState(t *testing.T, records []map[string]any, state string) {
	t.Helper()
	if len(records) == 0 || records[len(records)-1]["state"] != state {
		t.Errorf("the records end with %v, want state %s", records, state)
	}
}

func TestPipeAnswersWhatIsInFlightAtTheEndOfItsInput(t *testing.T) {
	p, c := ready(t)
	p.tell(`{"id":1,"do":"send","action":{"op":"send"}}`)
	line := c.Expect(wire.KindOutbound)
	p.stdin.Close()
	must(t, c.SendInbound(wiretest.Event("discord", "c1", "m1", "late"), "1"))
	p.await("inbound", "bufferId", "1")
	c.Expect(wire.KindInboundAck)
	must(t, c.Answer(line, wire.Result{Success: true}))
	p.await("result", "id", 1.0)
	if closed := c.AwaitEnd(); closed == nil || closed.Code != wire.CloseNormal {
		t.Errorf("closed with %v", closed)
	}
	if code := p.exitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	lastState(t, p.rest(), "closed")
}

func TestPipeEndsBeforeItIsConnected(t *testing.T) {
	srv := wiretest.Listen(t)
	srv.HangUpgrade()
	p := startPipe(t, srv.URL())
	if code := p.endInput(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	lastState(t, p.rest(), "closed")
}

func TestPipeDisconnectsWhenTold(t *testing.T) {
	p, c := ready(t)
	p.tell(`{"id":1,"do":"send","action":{"op":"send"}}`)
	line := c.Expect(wire.KindOutbound)
	p.tell(`{"id":2,"do":"disconnect"}`)
	p.await("result", "id", 2.0)
	// What was sent before has its grace.
	must(t, c.Answer(line, wire.Result{Success: true}))
	if got := p.await("result", "id", 1.0); at(got, "result", "success") != true {
		t.Errorf("result: %v", got)
	}
	if closed := c.AwaitEnd(); closed == nil || closed.Code != wire.CloseNormal {
		t.Errorf("closed with %v", closed)
	}
	if code := p.exitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	lastState(t, p.rest(), "closed")
}

func TestPipeTellsThatASendMayHaveBeenApplied(t *testing.T) {
	p, c := ready(t)
	p.tell(`{"id":1,"do":"send","action":{"op":"send"}}`)
	c.Expect(wire.KindOutbound)
	c.Drop()
	got := p.await("result", "id", 1.0)
	if at(got, "result", "ambiguous") != true || at(got, "result", "error") != "relay transport connection lost" {
		t.Errorf("result: %v", got)
	}
	p.await("state", "state", "connecting")
}

func TestPipeOfARevokedRelayAnswersUntilTheEndOfItsInput(t *testing.T) {
	p, c := ready(t)
	must(t, c.CloseWith(wire.CloseUnauthorized, "unauthorized"))
	state := p.await("state", "state", "disabled")
	if state["platform_state"] != "disabled" || state["code"] != 4401.0 || state["reason"] != "unauthorized" || state["hint"] == nil {
		t.Errorf("state: %v", state)
	}
	for id := range 3 {
		p.tell(`{"id":%d,"do":"send","action":{"op":"send"}}`, id)
		if got := p.await("result", "id", float64(id)); at(got, "result", "success") != false {
			t.Errorf("result: %v", got)
		}
	}
	p.tell(`{"id":9,"do":"chat_info","chat_id":"c"}`)
	p.await("result", "id", 9.0)
	if code := p.endInput(); code != ExitDisabled {
		t.Errorf("exit code %d", code)
	}
	lastState(t, p.rest(), "disabled")
}

func TestPipeDoesNotRepeatItsFinalStateAtOnce(t *testing.T) {
	p, c := ready(t)
	must(t, c.CloseWith(wire.CloseUnauthorized, "unauthorized"))
	p.await("state", "state", "disabled")
	if code := p.endInput(); code != ExitDisabled {
		t.Errorf("exit code %d", code)
	}
	if got := p.rest(); len(got) > 0 {
		t.Errorf("after the final state: %v", got)
	}
}

func TestPipeWithoutReconnectEndsWithItsLink(t *testing.T) {
	p, c := ready(t, noReconnect)
	p.tell(`{"id":1,"do":"send","action":{"op":"send"}}`)
	c.Expect(wire.KindOutbound)
	must(t, c.CloseWith(wire.CloseRestart, "restart"))
	if code := p.exitCode(); code != ExitLinkEnded {
		t.Errorf("exit code %d", code)
	}
	records := p.rest()
	lastState(t, records, "failed")
	answered := false
	for _, r := range records {
		answered = answered || r["kind"] == "result"
	}
	if !answered {
		t.Errorf("the send has no result: %v", records)
	}
}

func TestPipeWithoutReconnectEndsWhenNobodyListens(t *testing.T) {
	srv := wiretest.Listen(t)
	srv.RejectUpgrade(503)
	p := startPipe(t, srv.URL(), noReconnect)
	if code := p.exitCode(); code != ExitLinkEnded {
		t.Errorf("exit code %d", code)
	}
	lastState(t, p.rest(), "failed")
}

func TestPipeEndsAtASignalWhileItsInputIsOpen(t *testing.T) {
	p, c := ready(t)
	p.cancel()
	if closed := c.AwaitEnd(); closed == nil || closed.Code != wire.CloseNormal {
		t.Errorf("closed with %v", closed)
	}
	if code := p.exitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	lastState(t, p.rest(), "closed")
}

func TestPipeLeavesWhatWasNotAcknowledgedToTheConnector(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		p, c := readyInMemory(t, manualAck)
		must(t, c.SendInbound(wiretest.Event("discord", "c1", "m1", "hi"), "1"))
		p.await("inbound", "bufferId", "1")
		begun := time.Now()
		if code := p.endInput(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if took := time.Since(begun); took > unackedBudget {
			t.Errorf("waited %v for an acknowledgement that could not come", took)
		}
		if _, err := c.ReadFrame(); err == nil {
			t.Error("something was sent after the delivery")
		}
		for _, r := range p.rest() {
			if r["kind"] != "state" {
				t.Errorf("record %v", r)
			}
		}
	})
}

func TestPipeClosesWithinItsBudget(t *testing.T) {
	for _, budget := range []time.Duration{0, 6 * time.Second, time.Second} {
		inVirtualTime(t, func(t *testing.T) {
			p, c := readyInMemory(t, func(cfg *Config) { cfg.CloseBudget = budget })
			p.tell(`{"id":1,"do":"send","action":{"op":"send"}}`)
			c.Expect(wire.KindOutbound)
			begun := time.Now()
			p.cancel()
			if code := p.exitCode(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			grace := wire.DrainGrace(closeBudget)
			if budget > 0 {
				grace = wire.DrainGrace(budget)
			}
			if took := time.Since(begun); took < grace || took > grace+time.Second {
				t.Errorf("with a budget of %v the close took %v, want %v", budget, took, grace)
			}
		})
	}
}

func TestPipeEndsWhenItsOutputIsLost(t *testing.T) {
	p, c := ready(t)
	p.stdout.Close()
	must(t, c.SendInbound(wiretest.Event("discord", "c1", "m1", "hi"), "1"))
	select {
	case err := <-p.ended:
		if !errors.Is(err, io.ErrClosedPipe) || cli.ExitCode(err, true) != cli.ExitFailure {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("the pipe goes on")
	}
	if line, err := c.ReadFrame(); err == nil {
		t.Errorf("the connector got %s", line)
	}
	if closed := c.AwaitEnd(); closed == nil || closed.Code != wire.CloseNormal {
		t.Errorf("closed with %v", closed)
	}
}

func TestPipeEndsWhenItsInputFails(t *testing.T) {
	p, _ := ready(t)
	p.stdin.CloseWithError(errors.New("torn"))
	err := <-p.ended
	if err == nil || cli.ExitCode(err, true) != cli.ExitFailure {
		t.Errorf("ended with %v", err)
	}
	lastState(t, p.rest(), "closed")
}

func TestPipeRefusesAConfigurationThatTheRelayRefuses(t *testing.T) {
	p := startPipe(t, "ftp://127.0.0.1")
	err := <-p.ended
	if cli.ExitCode(err, true) != cli.ExitUsage || fmt.Sprint(err) != "--url: must begin with wss://, ws://, https:// or http://" {
		t.Errorf("ended with %v", err)
	}
}
