package wire_test

import (
	"fmt"
	"time"

	"hermod/wire"
)

// A connector's bytes become lines, and lines become events.
func ExampleDecoder_Inbound() {
	stream := []byte(`{"type":"inbound","event":{"text":"hi","source":{"platform":"Discord","chat_id":"d1"}},"bufferId":7}` + "\n")
	var d wire.Decoder
	err := wire.NewLineBuffer(0).Feed(stream, func(line []byte) {
		kind, err := wire.Classify(line)
		if err != nil || kind != wire.KindInbound {
			return
		}
		in, err := d.Inbound(line)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(in.Event.Source.Platform, in.Event.Source.ChatID, in.Event.Text)
		fmt.Printf("%s", wire.AppendInboundAck(nil, in.BufferID))
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// discord d1 hi
	// {"type":"inbound_ack","bufferId":"7"}
}

// A frame that cannot be read says why, without showing what it held.
func ExampleDecodeError() {
	in, err := new(wire.Decoder).Inbound([]byte(`{"type":"inbound","event":{"source":"bad"},"bufferId":"b1"}`))
	fmt.Println(err)
	fmt.Println("can still be acknowledged:", in.BufferID)
	// Output:
	// wire: decoding inbound frame of 59 bytes: event.source is not an object
	// can still be acknowledged: b1
}

func ExampleAppendOutbound() {
	action := wire.NewSend("c1", "hello").With("metadata", map[string]string{"scope_id": "g1"})
	fmt.Printf("%s", wire.AppendOutbound(nil, "0123456789abcdef0123456789abcdef", action, "discord", "b1"))
	// Output:
	// {"type":"outbound","requestId":"0123456789abcdef0123456789abcdef","action":{"op":"send","chat_id":"c1","content":"hello","metadata":{"scope_id":"g1"}},"platform":"discord","botId":"b1"}
}

func ExampleDecodeOutboundResult() {
	id, r, err := wire.DecodeOutboundResult([]byte(`{"type":"outbound_result","requestId":"r1","result":{"success":true,"message_id":42,"ts":"171.1"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	ts, _ := r.Field("ts")
	fmt.Println(id, r.Success, r.MessageID, string(ts))
	// Output: r1 true 42 "171.1"
}

func ExampleMintToken() {
	dialled := time.Unix(1754700000, 0)
	token := wire.MintToken("gw:1", "topsecret", wire.TokenTTL, dialled)
	id, err := wire.VerifyToken(token, []wire.Secret{"the next secret", "topsecret"}, dialled)
	fmt.Println(id, err)
	_, err = wire.VerifyToken(token, []wire.Secret{"topsecret"}, dialled.Add(6*time.Minute))
	fmt.Println(err)
	// Output:
	// gw:1 <nil>
	// wire: token has expired
}

func ExampleSessionKey() {
	s := &wire.Source{Platform: "discord", ChatType: "group", ChatID: "c1", UserID: "u1"}
	fmt.Println(wire.SessionKey(s, wire.SessionKeyOptions{}))
	fmt.Println(wire.SessionKey(s, wire.SessionKeyOptions{SharedGroups: true, Profile: "coder"}))
	// Output:
	// agent:main:discord:group:c1:u1
	// agent:coder:discord:group:c1
}

func ExampleDialURL() {
	for _, raw := range []string{"https://connector.example", "ws://127.0.0.1:8466/relay", "connector.example"} {
		dial, err := wire.DialURL(raw)
		fmt.Println(dial, err)
	}
	// Output:
	// wss://connector.example/relay <nil>
	// ws://127.0.0.1:8466/relay <nil>
	//  wire: url: must begin with wss://, ws://, https:// or http://
}

func ExampleEvent_ChannelContext() {
	e, err := wire.ParseEvent([]byte(`{"text":"and you?","context":[{"text":"fine","source":{"user_name":"ann"}},{"text":"me too"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.ChannelContext())
	// Output:
	// [Recent channel messages]
	// ann: fine
	// me too
}
