package record_test

import (
	"io"
	"strings"
	"testing"

	json "github.com/goccy/go-json"

	"hermod/actors"
	"hermod/cmd/hermod/internal/record"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func parse(t *testing.T, line []byte) map[string]any {
	t.Helper()
	if strings.Count(string(line), "\n") != 1 || line[len(line)-1] != '\n' {
		t.Fatalf("not one line: %q", line)
	}
	var fields map[string]any
	if err := json.Unmarshal(line, &fields); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return fields
}

func eventOf(t *testing.T, text string) *wire.Event {
	t.Helper()
	event, err := wire.ParseEvent(wiretest.Event("discord", "c1", "m1", text))
	if err != nil {
		t.Fatal(err)
	}
	return event
}

func TestARecordNamesItsOriginWhenItHasOne(t *testing.T) {
	d := &actors.Inbound{Event: eventOf(t, "hi"), SessionKey: "s", BufferID: "7"}
	got := parse(t, record.Inbound(record.Origin{ID: "evt_1", Bot: "support"}, d))
	if got["kind"] != "inbound" || got["id"] != "evt_1" || got["bot"] != "support" || got["bufferId"] != "7" {
		t.Errorf("record %v", got)
	}
	plain := parse(t, record.Inbound(record.Origin{}, d))
	if _, named := plain["id"]; named || plain["session_key"] != "s" {
		t.Errorf("record %v", plain)
	}
}

func TestARecordHoldsNoLineSeparatorOfOtherLanguages(t *testing.T) {
	line := record.Interrupt(record.Origin{}, wire.InterruptInbound{SessionKey: "x\u2028y\u2029"})
	if want := `{"kind":"interrupt","session_key":"x\u2028y\u2029","chat_id":""}` + "\n"; string(line) != want {
		t.Errorf("record %q", line)
	}
}

func TestAnUnreadableFrameIsShownInBase64(t *testing.T) {
	line := record.DeadLetter(record.Origin{}, &actors.DeadLetter{Raw: []byte{0xff, '{'}, Err: io.ErrUnexpectedEOF})
	want := `{"kind":"dead_letter","raw":"/3s=","encoding":"base64","error":"unexpected EOF"}` + "\n"
	if string(line) != want {
		t.Errorf("record %s", line)
	}
}

func TestADeliveryThatWasGivenUpIsShownAsItWasRead(t *testing.T) {
	event := eventOf(t, "hi")
	r := parse(t, record.DeadLetter(record.Origin{}, &actors.DeadLetter{Event: event, Raw: event.Raw(), SessionKey: "s",
		BufferID: "7", Err: io.ErrClosedPipe}))
	if r["event"].(map[string]any)["text"] != "hi" || r["session_key"] != "s" || r["bufferId"] != "7" || r["error"] != io.ErrClosedPipe.Error() {
		t.Errorf("record %v", r)
	}
	r = parse(t, record.DeadLetter(record.Origin{}, &actors.DeadLetter{Forward: &wire.Forward{Path: "/p"},
		Err: io.ErrClosedPipe}))
	if r["forward"].(map[string]any)["path"] != "/p" {
		t.Errorf("record %v", r)
	}
}

func TestARecordNamesItsTrace(t *testing.T) {
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	i := wire.InterruptInbound{SessionKey: "s", ChatID: "c1"}
	if got := parse(t, record.Interrupt(record.Origin{ID: "int_1", Bot: "a", Traceparent: parent}, i))["traceparent"]; got != parent {
		t.Errorf("the trace is %v", got)
	}
	if got, there := parse(t, record.Interrupt(record.Origin{ID: "int_1", Bot: "a"}, i))["traceparent"]; there {
		t.Errorf("without a trace there is %v", got)
	}
}
