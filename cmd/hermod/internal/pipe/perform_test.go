package pipe

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestPipeAnswersASend(t *testing.T) {
	tests := []struct {
		name, command, frame, id string
	}{
		{"a string id", `{"id":"a","do":"send","action":{"op":"send","chat_id":"c1","content":"hi"}}`, `"content":"hi"`, `a`},
		{"a number id", `{"id":7,"do":"send","action":{"op":"new_op","x":[1]}}`, `"op":"new_op"`, `7`},
		{"a platform", `{"id":"p","do":"send","platform":"discord","action":{"op":"send"}}`, `"platform":"discord","botId":"b1"`, `p`},
		{"a follow-up", `{"id":"f","do":"follow_up","action":{"op":"follow_up","session_key":"s"}}`, `"op":"follow_up"`, `f`},
		{"no id", `{"do":"send","action":{"op":"send"}}`, `"op":"send"`, `<nil>`},
	}
	p, c := ready(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.tell("%s", tt.command)
			line := c.Expect(wire.KindOutbound)
			if !strings.Contains(string(line), tt.frame) {
				t.Errorf("sent %s", line)
			}
			must(t, c.Answer(line, wire.ParseResult([]byte(`{"success":true,"message_id":"m1","extra":[1]}`))))
			got := p.await("result")
			if fmt.Sprint(got["id"]) != tt.id || fmt.Sprint(got["result"]) != `map[extra:[1] message_id:m1 success:true]` {
				t.Errorf("record %v", got)
			}
		})
	}
}

func TestPipeAnswersWhatFailed(t *testing.T) {
	srv := wiretest.Listen(t)
	srv.HangDial()
	p := startPipe(t, srv.URL())
	p.tell(`{"id":1,"do":"send","action":{"op":"send"}}`)
	if got := p.await("result", "id", 1.0); at(got, "result", "success") != false || at(got, "result", "error") != "relay transport not connected" {
		t.Errorf("send: %v", got)
	}
	p.tell(`{"id":2,"do":"chat_info","chat_id":"c9"}`)
	got := p.await("result", "id", 2.0)
	if fmt.Sprint(got["result"]) != `map[error:relay transport not connected name:c9 type:dm]` {
		t.Errorf("chat info: %v", got)
	}
	for _, do := range []string{"go_idle", "go_dormant"} {
		p.tell(`{"id":3,"do":%q}`, do)
		if got := p.await("idle", "id", 3.0); got["acked"] != false {
			t.Errorf("%s: %v", do, got)
		}
	}
	p.tell(`{"id":4,"do":"interrupt","session_key":"s"}`)
	if got := p.await("error", "id", 4.0); !strings.Contains(fmt.Sprint(got["error"]), "not connected") {
		t.Errorf("interrupt: %v", got)
	}
}

func TestPipeTellsAChatsNameAndType(t *testing.T) {
	p, c := ready(t)
	p.tell(`{"id":1,"do":"chat_info","chat_id":"c1","platform":"discord"}`)
	line := c.Expect(wire.KindOutbound)
	if want := `"action":{"op":"get_chat_info","chat_id":"c1"}`; !strings.Contains(string(line), want) {
		t.Errorf("sent %s", line)
	}
	must(t, c.Answer(line, wire.ParseResult([]byte(`{"success":true,"chat_info":{"name":"General","type":"group"}}`))))
	if got := p.await("result", "id", 1.0); fmt.Sprint(got["result"]) != `map[name:General type:group]` {
		t.Errorf("record %v", got)
	}
}

func TestPipeInterruptsASession(t *testing.T) {
	p, c := ready(t)
	p.tell(`{"do":"interrupt","session_key":"s1"}`)
	p.tell(`{"id":"i","do":"interrupt","session_key":"s2","reason":"stop"}`)
	for _, want := range []string{`{"type":"interrupt","session_key":"s1","reason":null}`, `{"type":"interrupt","session_key":"s2","reason":"stop"}`} {
		if got := string(c.Expect(wire.KindInterrupt)); got != want {
			t.Errorf("sent %s, want %s", got, want)
		}
	}
	// The one without an id has no answer.
	if got := p.await("result"); got["id"] != "i" {
		t.Errorf("record %v", got)
	}
}

func TestPipeGoesIdleAndDormant(t *testing.T) {
	srv := wiretest.Listen(t)
	srv.Handle(wiretest.Serve)
	p := startPipe(t, srv.URL())
	p.await("state", "state", "ready")
	p.tell(`{"id":1,"do":"go_idle","timeout":"5s"}`)
	if got := p.await("idle", "id", 1.0); got["acked"] != true {
		t.Errorf("idle: %v", got)
	}
	p.tell(`{"id":2,"do":"go_dormant","timeout":5}`)
	var idle, dormant map[string]any // in either order
	for idle == nil || dormant == nil {
		switch r := <-p.records; {
		case r["kind"] == "idle":
			idle = r
		case r["state"] == "dormant":
			dormant = r
		}
	}
	if idle["acked"] != true || idle["id"] != 2.0 || dormant["platform_state"] != "connected" || dormant["next_dial"] == nil {
		t.Errorf("idle: %v, state: %v", idle, dormant)
	}
	p.tell(`{"id":3,"do":"wake"}`)
	p.await("state", "state", "ready")
}

func TestPipeWaitsForIdleNoLongerThanAsked(t *testing.T) {
	p, c := ready(t)
	p.tell(`{"id":1,"do":"go_idle","timeout":0.05}`)
	c.Expect(wire.KindGoingIdle)
	if got := p.await("idle", "id", 1.0); got["acked"] != false {
		t.Errorf("idle: %v", got)
	}
}

func TestPipeSendsInTheOrderOfLines(t *testing.T) {
	const count = 2000
	p, c := ready(t)
	go func() {
		for i := range count {
			if i%10 == 9 {
				fmt.Fprintf(p.stdin, `{"do":"interrupt","session_key":"%d"}`+"\n", i)
				continue
			}
			fmt.Fprintf(p.stdin, `{"id":%d,"do":"send","action":{"op":"send","content":"%d"}}`+"\n", i, i)
		}
	}()
	for i := range count {
		line, err := c.ReadFrame()
		must(t, err)
		if want := fmt.Sprintf(`:"%d"`, i); !strings.Contains(string(line), want) {
			t.Fatalf("frame %d is %s", i, line)
		}
		if i%10 != 9 {
			must(t, c.Answer(line, wire.Result{Success: true}))
		}
	}
	answered := make(map[any]bool)
	for range count * 9 / 10 {
		answered[p.await("result")["id"]] = true
	}
	if len(answered) != count*9/10 {
		t.Errorf("%d different ids answered", len(answered))
	}
}

func TestPipeAnswersOthersWhileOneCommandWaits(t *testing.T) {
	p, c := ready(t)
	p.tell(`{"id":"slow","do":"send","action":{"op":"send","content":"slow"}}`)
	slow := c.Expect(wire.KindOutbound)
	p.tell(`{"id":"fast","do":"send","action":{"op":"send","content":"fast"}}`)
	must(t, c.Answer(c.Expect(wire.KindOutbound), wire.Result{Success: true}))
	if got := p.await("result"); got["id"] != "fast" {
		t.Errorf("first answer: %v", got)
	}
	must(t, c.Answer(slow, wire.Result{Success: true}))
	p.await("result", "id", "slow")
}

func TestPipeStopsReadingAtItsBoundOfCommands(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		p, c := readyInMemory(t)
		for i := range MaxCommands {
			p.tell(`{"id":%d,"do":"send","action":{"op":"send"}}`, i)
		}
		var sent [][]byte
		for range MaxCommands {
			sent = append(sent, c.Expect(wire.KindOutbound))
		}
		read := make(chan struct{})
		go func() {
			defer close(read)
			// The reader has room for 64 KiB of what follows.
			fmt.Fprintf(p.stdin, `{"id":"more","do":"send","action":{"op":"send"}}`+"\n"+`{"do":"wake","pad":"%s"}`+"\n", strings.Repeat("x", 200_000))
		}()
		synctest.Wait()
		select {
		case <-read:
			t.Fatal("everything was read at the bound")
		default:
		}
		must(t, c.Answer(sent[0], wire.Result{Success: true}))
		sent = append(sent, c.Expect(wire.KindOutbound))
		<-read
		for _, line := range sent[1:] {
			must(t, c.Answer(line, wire.Result{Success: true}))
		}
	})
}

func TestPipeAnswersABadCommandAndGoesOn(t *testing.T) {
	long := strings.Repeat("x", MaxCommand)
	tests := []struct {
		name, line, says string
		id               any
	}{
		{"not JSON", `{"do":`, "not valid JSON", nil},
		{"two values", `{"do":"wake"}{"do":"wake"}`, "not valid JSON", nil},
		{"not UTF-8", "{\"do\":\"\xff\"}", "UTF-8", nil},
		{"an array", `["wake"]`, "not a JSON object", nil},
		{"null", `null`, "not a JSON object", nil},
		{"too long", `{"id":1,"do":"` + long + `"}`, "longer than 2097152 bytes", nil},
		{"an id that is an object", `{"id":{},"do":"wake"}`, `"id" must be`, nil},
		{"a long id", `{"id":"` + long[:5000] + `","do":"wake"}`, `"id" must be`, nil},
		{"no do", `{"id":1}`, `"do" is missing; give it as a string; one of ack, chat_info`, 1.0},
		{"a do of another type", `{"id":1,"do":7}`, `"do" must be a string`, 1.0},
		{"an unknown do", `{"id":1,"do":"dance"}`, `"dance", which is not a command; use one of ack, chat_info, disconnect, follow_up, go_dormant, go_idle, interrupt, send, wake`, 1.0},
		{"no action", `{"id":1,"do":"send"}`, `"action" is missing`, 1.0},
		{"an action of null", `{"id":1,"do":"follow_up","action":null}`, `"action" is missing`, 1.0},
		{"an action of another type", `{"id":1,"do":"send","action":"hi"}`, `"action" must be an object`, 1.0},
		{"a large action", `{"id":1,"do":"send","action":{"x":"` + long[:1<<20] + `"}}`, `"action" cannot be sent`, 1.0},
		{"a platform of another type", `{"id":1,"do":"send","action":{},"platform":1}`, `"platform" must be a string`, 1.0},
		{"no chat", `{"id":1,"do":"chat_info"}`, `"chat_id" is missing`, 1.0},
		{"an empty chat", `{"id":1,"do":"chat_info","chat_id":""}`, `"chat_id" is missing`, 1.0},
		{"no session", `{"id":1,"do":"interrupt"}`, `"session_key" is missing`, 1.0},
		{"a reason of another type", `{"id":1,"do":"interrupt","session_key":"s","reason":[]}`, `"reason" must be a string`, 1.0},
		{"a bad timeout", `{"id":1,"do":"go_idle","timeout":"soon"}`, `"timeout" must be`, 1.0},
		{"no timeout at all", `{"id":1,"do":"go_idle","timeout":0}`, `"timeout" must be`, 1.0},
		{"an endless timeout", `{"id":1,"do":"go_dormant","timeout":1e300}`, `"timeout" must be`, 1.0},
		{"a timeout of another type", `{"id":1,"do":"go_dormant","timeout":{}}`, `"timeout" must be`, 1.0},
		{"an ack without --manual-ack", `{"id":1,"do":"ack","bufferId":"1"}`, `--manual-ack`, 1.0},
	}
	p, c := ready(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.tell("%s", tt.line)
			got := p.await("error")
			if !strings.Contains(fmt.Sprint(got["error"]), tt.says) || got["id"] != tt.id {
				t.Errorf("record %v, want one that says %q", got, tt.says)
			}
		})
	}
	p.tell(`{"id":2,"do":"send","action":{"op":"send"}}`)
	must(t, c.Answer(c.Expect(wire.KindOutbound), wire.Result{Success: true}))
	p.await("result", "id", 2.0)
}

func TestPipeTakesLinesAsTheyCome(t *testing.T) {
	p, _ := ready(t)
	p.tell("\n  \n\r")
	p.tell(" {\"id\":1,\"do\":\"wake\"} \r")
	p.await("result", "id", 1.0)
	// The last line need not end.
	go func() {
		fmt.Fprint(p.stdin, `{"id":2,"do":"wake"}`)
		p.stdin.Close()
	}()
	p.await("result", "id", 2.0)
	if code := p.exitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestPipeWithManualAckWaitsForTheCommand(t *testing.T) {
	p, c := ready(t, manualAck)
	must(t, c.Send(
		wire.AppendInbound(nil, wiretest.Event("discord", "c1", "m1", "first"), "1"),
		wire.AppendInbound(nil, wiretest.Event("discord", "c1", "m2", "second"), "2")))
	p.await("inbound", "bufferId", "1")
	must(t, c.SendInbound(wiretest.Event("discord", "c2", "m3", "live"), ""))
	p.await("inbound", "session_key", "agent:main:discord:dm:c2")
	must(t, c.Send(wire.AppendPassthroughForward(nil, []byte(`{"platform":"discord"}`), "3")))
	p.await("passthrough", "bufferId", "3")
	p.tell(`{"do":"ack","bufferId":"3"}`)
	p.tell(`{"id":"x","do":"ack","bufferId":"2"}`)
	if got := p.await("error"); got["id"] != "x" || !strings.Contains(fmt.Sprint(got["error"]), `no delivery with "bufferId" "2" is waiting`) {
		t.Errorf("early ack: %v", got)
	}
	wantAck := func(bufferID string) {
		t.Helper()
		if got, err := wire.DecodeInboundAck(c.Expect(wire.KindInboundAck)); err != nil || got != bufferID {
			t.Errorf("acknowledged %q (%v), want %q", got, err, bufferID)
		}
	}
	wantAck("3")
	p.tell(`{"id":"y","do":"ack","bufferId":"1"}`)
	wantAck("1")
	p.await("inbound", "bufferId", "2")
	p.tell(`{"do":"ack","bufferId":"2"}`)
	wantAck("2")
	p.tell(`{"id":"z","do":"ack","bufferId":"2"}`)
	p.await("error", "id", "z")
}

func TestPipeWithManualAckHasRoomForManySessions(t *testing.T) {
	p, c := ready(t, manualAck)
	const sessions = 200
	for i := range sessions {
		must(t, c.SendInbound(wiretest.Event("discord", fmt.Sprint("c", i), "m", "hi"), fmt.Sprint(i)))
	}
	for range sessions {
		p.await("inbound")
	}
	p.tell(`{"do":"ack","bufferId":"150"}`)
	c.Expect(wire.KindInboundAck)
}
