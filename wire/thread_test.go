package wire_test

import (
	"testing"

	"hermod/wire"
)

func TestASourceWithoutMessageTakesTheEvents(t *testing.T) {
	for in, want := range map[string]string{
		`{"message_id":"m1","source":{"message_id":"s1"}}`: "s1",
		`{"message_id":"m1","source":{"message_id":null}}`: "m1",
		`{"message_id":7}`:                     "7",
		`{"source":{"message_id":"s1"}}`:       "s1",
		`{"text":"x"}`:                         "",
		`{"message_id":"","source":{"a":"b"}}`: "",
	} {
		e, err := wire.ParseEvent([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if field := e.Source.MessageID; e.SourceMessageID() != want || field != "" && field != "s1" {
			t.Errorf("%s: source message %q, want %q; the field itself is %q", in, e.SourceMessageID(), want, field)
		}
	}
}

func TestAMessageOnSlackOutsideOfThreadsIsASessionOfItsOwn(t *testing.T) {
	const dm, group = `"chat_id":"D1","scope_id":"T1"`, `"chat_id":"C1","guild_id":"T1","chat_type":"group","user_id":"U1"`
	for _, tt := range []struct {
		name, event string
		options     wire.SessionKeyOptions
		thread, key string
	}{
		{"a direct message", `{"message_id":"171.1","source":{"platform":"slack",` + dm + `}}`,
			wire.SessionKeyOptions{}, "171.1", "agent:main:slack:dm:T1:D1:171.1"},
		{"the id is at the source only", `{"source":{"platform":"slack","message_id":"171.1",` + dm + `}}`,
			wire.SessionKeyOptions{}, "171.1", "agent:main:slack:dm:T1:D1:171.1"},
		{"the event's own id counts first", `{"message_id":"171.2","source":{"platform":"slack","message_id":"171.1",` + dm + `}}`,
			wire.SessionKeyOptions{}, "171.2", "agent:main:slack:dm:T1:D1:171.2"},
		{"a message in a thread", `{"message_id":"171.2","source":{"platform":"slack","thread_id":"171.1",` + dm + `}}`,
			wire.SessionKeyOptions{}, "171.1", "agent:main:slack:dm:T1:D1:171.1"},
		{"a message without id", `{"source":{"platform":"slack",` + dm + `}}`,
			wire.SessionKeyOptions{}, "", "agent:main:slack:dm:T1:D1"},
		{"turned off", `{"message_id":"171.1","source":{"platform":"slack",` + dm + `}}`,
			wire.SessionKeyOptions{SharedSlackChats: true}, "", "agent:main:slack:dm:T1:D1"},
		{"turned off, in a thread", `{"message_id":"171.2","source":{"platform":"slack","thread_id":"171.1",` + dm + `}}`,
			wire.SessionKeyOptions{SharedSlackChats: true}, "171.1", "agent:main:slack:dm:T1:D1:171.1"},
		{"a channel", `{"message_id":"171.1","source":{"platform":"slack",` + group + `}}`,
			wire.SessionKeyOptions{}, "171.1", "agent:main:slack:group:T1:C1:171.1"},
		{"a channel, a session for each user of a thread", `{"message_id":"171.1","source":{"platform":"slack",` + group + `}}`,
			wire.SessionKeyOptions{PerUserThreads: true}, "171.1", "agent:main:slack:group:T1:C1:171.1:U1"},
		{"another platform", `{"message_id":"171.1","source":{"platform":"discord",` + dm + `}}`,
			wire.SessionKeyOptions{}, "", "agent:main:discord:dm:D1"},
		{"a thread to come", `{"message_id":"m1","source":{"platform":"discord","chat_type":"group","chat_id":"c1","prospective_thread_id":"m1"}}`,
			wire.SessionKeyOptions{}, "", "agent:main:discord:thread:c1:m1"},
	} {
		e, err := wire.ParseEvent([]byte(tt.event))
		if err != nil {
			t.Fatal(err)
		}
		before := e.Source
		thread, key := e.Thread(tt.options), e.SessionKey(tt.options)
		if thread != tt.thread || key != tt.key || e.Source != before {
			t.Errorf("%s: thread %q, key %q, want %q and %q", tt.name, thread, key, tt.thread, tt.key)
		}
	}
}

func FuzzTheThreadOfAnEvent(f *testing.F) {
	f.Add(`{"message_id":"171.1","source":{"platform":"slack","chat_id":"D1"}}`, true)
	f.Add(`{"source":{"platform":" Slack","message_id":7,"thread_id":"","chat_type":"group"}}`, false)
	f.Add(`{"source":{"platform":"discord","prospective_thread_id":"p"}}`, false)
	f.Fuzz(func(t *testing.T, raw string, shared bool) {
		e, err := wire.ParseEvent([]byte(raw))
		if err != nil {
			return
		}
		o := wire.SessionKeyOptions{SharedSlackChats: shared}
		source, thread := e.Source, e.Thread(o)
		begun := source.ThreadID == "" && source.Platform == "slack" && !shared
		if !begun && thread != source.ThreadID || begun && thread != "" && thread != e.MessageID && thread != source.MessageID {
			t.Errorf("the thread is %q", thread)
		}
		source.ThreadID = thread
		if key := e.SessionKey(o); key != wire.SessionKey(&source, o) {
			t.Errorf("the key is %q", key)
		}
	})
}
