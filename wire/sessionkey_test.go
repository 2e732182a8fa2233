package wire_test

import (
	"testing"

	"hermod/wire"
)

func TestSessionKeys(t *testing.T) {
	src := func(platform, chatType, chat, thread, user string) wire.Source {
		return wire.Source{Platform: platform, ChatType: chatType, ChatID: chat, ThreadID: thread, UserID: user}
	}
	slack := src("slack", "group", "C1", "", "U1")
	slack.ScopeID = "T1"
	slackDM := src("slack", "dm", "D1", "171.1", "U1")
	slackDM.GuildID = "T1"
	discord := src("discord", "group", "c1", "", "u1")
	discord.ScopeID = "g1"
	coming := src("discord", "group", "c1", "", "u1")
	coming.SetExtras(wire.SourceExtras{ProspectiveThreadID: "m1"})
	comingDM := src("discord", "dm", "d1", "", "u1")
	comingDM.SetExtras(wire.SourceExtras{ProspectiveThreadID: "m1"})
	alt := src("signal", "dm", "", "", "u1")
	alt.SetExtras(wire.SourceExtras{UserIDAlt: "uuid"})
	profiled := discord
	profiled.SetExtras(wire.SourceExtras{Profile: "coder"})
	for _, c := range []struct {
		name   string
		source wire.Source
		opts   wire.SessionKeyOptions
		want   string
	}{
		{"dm", src("discord", "dm", "d1", "", "u1"), wire.SessionKeyOptions{}, "agent:main:discord:dm:d1"},
		{"dm by default", src("discord", "", "d1", "", "u1"), wire.SessionKeyOptions{}, "agent:main:discord:dm:d1"},
		{"dm with a thread", src("telegram", "dm", "5", "9", "5"), wire.SessionKeyOptions{}, "agent:main:telegram:dm:5:9"},
		{"dm without a chat", src("telegram", "dm", "", "", "u1"), wire.SessionKeyOptions{}, "agent:main:telegram:dm:u1"},
		{"dm without a chat, with a thread", src("telegram", "dm", "", "9", "u1"), wire.SessionKeyOptions{}, "agent:main:telegram:dm:u1:9"},
		{"dm of a thread alone", src("telegram", "dm", "", "9", ""), wire.SessionKeyOptions{}, "agent:main:telegram:dm:9"},
		{"dm of nobody", src("telegram", "dm", "", "", ""), wire.SessionKeyOptions{}, "agent:main:telegram:dm"},
		{"the other id wins", alt, wire.SessionKeyOptions{}, "agent:main:signal:dm:uuid"},
		{"a dm takes no prospective thread", comingDM, wire.SessionKeyOptions{}, "agent:main:discord:dm:d1"},
		{"a guild is not in the key", discord, wire.SessionKeyOptions{}, "agent:main:discord:group:c1:u1"},
		{"shared group", discord, wire.SessionKeyOptions{SharedGroups: true}, "agent:main:discord:group:c1"},
		{"thread", src("discord", "thread", "t1", "t1", "u1"), wire.SessionKeyOptions{}, "agent:main:discord:thread:t1:t1"},
		{"thread per user", src("discord", "thread", "t1", "t1", "u1"), wire.SessionKeyOptions{PerUserThreads: true}, "agent:main:discord:thread:t1:t1:u1"},
		{"shared group, thread per user", src("discord", "thread", "t1", "t1", "u1"),
			wire.SessionKeyOptions{SharedGroups: true, PerUserThreads: true}, "agent:main:discord:thread:t1:t1"},
		{"forum", src("telegram", "forum", "-100", "17", "u"), wire.SessionKeyOptions{}, "agent:main:telegram:forum:-100:17"},
		{"prospective thread", coming, wire.SessionKeyOptions{}, "agent:main:discord:thread:c1:m1"},
		{"slack workspace", slack, wire.SessionKeyOptions{}, "agent:main:slack:group:T1:C1:U1"},
		{"slack dm", slackDM, wire.SessionKeyOptions{}, "agent:main:slack:dm:T1:D1:171.1"},
		{"named profile", discord, wire.SessionKeyOptions{Profile: "coder"}, "agent:coder:discord:group:c1:u1"},
		{"the source's profile", profiled, wire.SessionKeyOptions{}, "agent:coder:discord:group:c1:u1"},
		{"the option's profile wins", profiled, wire.SessionKeyOptions{Profile: "default"}, "agent:main:discord:group:c1:u1"},
		{"whatsapp dm", src("whatsapp", "dm", " +34600:2@s.whatsapp.net", "", "x"), wire.SessionKeyOptions{}, "agent:main:whatsapp:dm:34600"},
		{"whatsapp dm of a bare domain", src("whatsapp", "dm", "@lid", "", "+5@lid"), wire.SessionKeyOptions{}, "agent:main:whatsapp:dm:5"},
		{"whatsapp participant", src("whatsapp", "group", "1@g.us", "", "34600:12@s.whatsapp.net"), wire.SessionKeyOptions{},
			"agent:main:whatsapp:group:1@g.us:34600"},
		{"whatsapp participant without a number", src("whatsapp", "group", "1@g.us", "", "@x"), wire.SessionKeyOptions{},
			"agent:main:whatsapp:group:1@g.us:@x"},
		{"whatsapp cloud ids are bare already", src("whatsapp_cloud", "dm", "+34@x", "", ""), wire.SessionKeyOptions{}, "agent:main:whatsapp_cloud:dm:+34@x"},
	} {
		if got := wire.SessionKey(&c.source, c.opts); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestDedupeKeysNeedBothIDs(t *testing.T) {
	for want, e := range map[string]wire.Event{
		"discord:c:m": {MessageID: "m", Source: wire.Source{Platform: "discord", ChatID: "c"}},
		"":            {MessageID: "m", Source: wire.Source{Platform: "discord", MessageID: "m"}},
	} {
		if got := e.DedupeKey(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if (&wire.Event{Source: wire.Source{ChatID: "c", MessageID: "m"}}).DedupeKey() != "" {
		t.Error("the source's message id is no event's")
	}
}
