package deliver

import (
	"errors"
	"testing"

	"hermod/actors"
	"hermod/cmd/hermod/internal/record"
	"hermod/wire"
)

func TestARecordIsReplayedToAGatewayAsTheFrameThatItWasMadeOf(t *testing.T) {
	decoder := new(wire.Decoder)
	in, err := decoder.Inbound([]byte(`{"type":"inbound","event":{"text":"hi","message_id":"m","source":{"platform":"discord","chat_id":"c"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := parcelOf(record.Inbound(record.Origin{ID: "evt_1"}, &actors.Inbound{Event: in.Event}))
	if err != nil || p.Forward {
		t.Fatalf("the parcel is %+v, %v", p, err)
	}
	if event, err := wire.ParseEvent(p.Object); err != nil || event.Text != "hi" || event.DedupeKey() != "discord:c:m" {
		t.Errorf("the event is %s, %v", p.Object, err)
	}
	f, err := decoder.Passthrough([]byte(`{"type":"passthrough_forward","forward":{"platform":"discord","headers":[["a","b"]],"bodyB64":"aGk="}}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err = parcelOf(record.Passthrough(record.Origin{ID: "req_1"}, &actors.Passthrough{Forward: &f.Forward}))
	if err != nil || !p.Forward {
		t.Fatalf("the parcel is %+v, %v", p, err)
	}
	again, err := decoder.Passthrough(wire.AppendPassthroughForward(nil, p.Object, ""))
	if err != nil || string(again.Forward.Body) != "hi" || len(again.Forward.Headers) != 1 {
		t.Errorf("the forward is %s, %v", p.Object, err)
	}
	raw := record.DeadLetter(record.Origin{ID: "dead_1"}, &actors.DeadLetter{Raw: []byte("{"), Err: errors.New("no JSON")})
	if _, err := parcelOf(raw); !errors.Is(err, errNoParcel) {
		t.Errorf("what could not be decoded: %v", err)
	}
}
