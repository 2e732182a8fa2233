//go:build interop

package main

import (
	"bytes"
	"encoding/base64"
	"path/filepath"
	"reflect"
	"testing"

	"hermod/wire"
	"hermod/wire/wiretest"
)

// The adapters of the examples, which answer whatever comes where it came from, and acknowledge it after that.
func TestPipeAdaptersAnswerWhatComesWhereItCameFrom(t *testing.T) {
	press := base64.StdEncoding.EncodeToString([]byte(`{"id":"i1","type":3,"channel_id":"c1","guild_id":"g1",` +
		`"member":{"user":{"id":"u1","username":"ben"}},"message":{"id":"m9"},"data":{"custom_id":"hp1:a.b:yes"}}`))
	deliveries := []struct{ event, forward, content, metadata string }{
		{event: `{"text":"/hermes model gpt","message_type":"command","message_id":"171.1","source":{"platform":"slack",` +
			`"chat_id":"c1","user_id":"u1","scope_id":"T1"}}`,
			content: "command model with 'gpt'", metadata: `{"scope_id":"T1","user_id":"u1","thread_id":"171.1"}`},
		{event: `{"text":"look","media_urls":["u1","u2"],"media":[{"url":"u2","mime":"image/png"}],"source":{"platform":"discord",` +
			`"chat_id":"c1","user_name":"ben","user_display_name":"Ben","profile":"coder"}}`,
			content: "Ben said 'look' with 1 images", metadata: `{"profile":"coder"}`},
		{forward: `{"platform":"discord","botId":"b1","bodyB64":"` + press + `"}`,
			content: "you chose yes", metadata: `{"scope_id":"g1","user_id":"u1"}`},
	}
	scripts := map[string]string{"../../examples/adapter.py": "/usr/bin/python3", "../../examples/adapter.mjs": "/usr/bin/node"}
	for script, interpreter := range scripts {
		t.Run(filepath.Base(script), func(t *testing.T) {
			srv := wiretest.Listen(t)
			runScript(t, interpreter, script, "--url", srv.URL(), "--platform", "slack", "--identity", "discord:b1")
			c := srv.Accept()
			c.Handshake(wiretest.Descriptor("slack"), wiretest.Descriptor("discord"))
			for _, d := range deliveries {
				if d.event != "" {
					must(t, c.SendInbound([]byte(d.event), "7"))
				} else {
					must(t, c.Send(wire.AppendPassthroughForward(nil, []byte(d.forward), "7")))
				}
				line := c.Await(wire.KindOutbound)
				out, err := wire.DecodeOutbound(line)
				must(t, err)
				metadata, _ := out.Action.Field("metadata")
				where := parseRecord(t, append(bytes.Clone(metadata), '\n'))
				if fieldText(t, out.Action, "content") != d.content || fieldText(t, out.Action, "chat_id") != "c1" ||
					!reflect.DeepEqual(where, parseRecord(t, []byte(d.metadata+"\n"))) {
					t.Errorf("answered with %s", line)
				}
				must(t, c.Answer(line, wire.Result{Success: true}))
				if ack := parseRecord(t, append(bytes.Clone(c.Await(wire.KindInboundAck)), '\n')); ack["bufferId"] != "7" {
					t.Errorf("acknowledged with %v", ack)
				}
			}
			must(t, c.CloseWith(wire.CloseUnauthorized, "unauthorized"))
			c.AwaitEnd()
		})
	}
}
