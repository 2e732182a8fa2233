package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hermod/wire"
)

// richEvent has every field that the protocol names.
const richEvent = `{"text":"hé\n😀","message_type":"photo","message_id":"m1","reply_to_message_id":"m0",` +
	`"media_urls":["https://a/1","https://a/2"],"media":[{"url":"https://a/2","kind":"image","mime":"image/png",` +
	`"size":7,"filename":"f","caption":"c"}],"source":{"platform":"Discord","chat_id":"c1","chat_type":"group",` +
	`"chat_name":"general","user_id":"u1","user_name":"ben","user_display_name":"Ben","user_handle":"@b",` +
	`"thread_id":"t1","chat_topic":"top","user_id_alt":"ua","chat_id_alt":"ca","parent_chat_id":"p1",` +
	`"message_id":"m1","scope_id":"s1","guild_id":"g1","profile":"coder","auto_thread_created":true,` +
	`"auto_thread_initial_name":"n","prospective_thread_id":"pt"},"reply_to":{"text":"q","author":"ann","is_own":true},` +
	`"context":[{"text":"before","source":{"user_name":"cy"}}],"context_error":true,` +
	`"prompt_response":{"prompt_id":"p","option_id":"o"},"zzz":{"kept":[1,2]}}`

func decodeInbound(t *testing.T, line string) *wire.Inbound {
	t.Helper()
	in, err := new(wire.Decoder).Inbound([]byte(line))
	if err != nil {
		t.Fatalf("Inbound(%s): %v", line, err)
	}
	return in
}

func TestInboundReadsEveryField(t *testing.T) {
	in := decodeInbound(t, `{"type":"inbound","event":`+richEvent+`,"bufferId":"b1"}`)
	checkRich(t, in.Event)
	if in.BufferID != "b1" {
		t.Errorf("buffer id %q", in.BufferID)
	}
}

func TestBothPathsReadTheSameEvent(t *testing.T) {
	// A number where a string belongs sends the whole frame down the patient path.
	checkRich(t, decodeInbound(t, `{"type":"inbound","event":`+richEvent+`,"bufferId":7}`).Event)
	// So do more members than any event has.
	checkRichIn(t, decodeInbound(t, `{"type":"inbound","event":`+padded(richEvent)+`,"bufferId":"b"}`).Event, padded(richEvent))
	e, err := wire.ParseEvent([]byte(" " + richEvent + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	checkRich(t, e)
}

// numbered is n pieces, each with its number in it.
func numbered(n int, format string) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, format, i)
	}
	return strings.TrimSuffix(out.String(), ",")
}

// padded puts unknown members before those of an object that is not empty.
func padded(object string) string { return `{` + numbered(1000, `"p%d":0,`) + "," + object[1:] }

func checkRich(t *testing.T, e *wire.Event) {
	t.Helper()
	checkRichIn(t, e, richEvent)
}

func checkRichIn(t *testing.T, e *wire.Event, raw string) {
	t.Helper()
	want := wire.Source{
		Platform: "discord", OriginalPlatform: "Discord", ChatID: "c1", ChatType: "group", ChatName: "general",
		UserID: "u1", UserName: "ben", UserDisplayName: "Ben", UserHandle: "@b", ThreadID: "t1", MessageID: "m1",
		ScopeID: "s1", GuildID: "g1",
	}
	want.SetExtras(wire.SourceExtras{ChatTopic: "top", UserIDAlt: "ua", ChatIDAlt: "ca", ParentChatID: "p1", Profile: "coder",
		AutoThreadCreated: true, AutoThreadInitialName: "n", ProspectiveThreadID: "pt"})
	if !reflect.DeepEqual(e.Source, want) {
		t.Errorf("source\n%+v %+v\nwant\n%+v %+v", e.Source, e.Source.Extras(), want, want.Extras())
	}
	x := e.Extras()
	switch {
	case e.Text != "hé\n😀", e.MessageType != wire.TypePhoto, e.MessageID != "m1", e.ReplyToMessageID != "m0",
		strings.Join(x.MediaURLs, " ") != "https://a/1 https://a/2",
		len(x.Media) != 1 || x.Media[0] != wire.Media{URL: "https://a/2", Kind: "image", MIME: "image/png", Size: 7, Filename: "f", Caption: "c"},
		strings.Join(e.MediaTypes(), ",") != ",image/png",
		x.ReplyTo == nil || *x.ReplyTo != wire.ReplyTo{Text: "q", Author: "ann", IsOwn: true},
		e.ChannelContext() != "[Recent channel messages]\ncy: before", !x.ContextError,
		string(x.PromptResponse) != `{"prompt_id":"p","option_id":"o"}`,
		e.DedupeKey() != "discord:c1:m1", e.Source.Scope() != "s1", e.Source.ShownName() != "Ben",
		string(e.Raw()) != raw:
		t.Errorf("event %+v\nraw %s", e, e.Raw())
	}
	if zzz, ok := e.Field("zzz"); !ok || string(zzz) != `{"kept":[1,2]}` {
		t.Errorf("field zzz is %s", zzz)
	}
	if _, ok := e.Field("nope"); ok {
		t.Error("found a field that is not there")
	}
}

func TestInboundFillsInDefaults(t *testing.T) {
	for _, line := range []string{
		`{"type":"inbound"}`, `{"type":"inbound","event":{}}`, `{"type":"inbound","event":{"source":null}}`,
		`{"type":"inbound","event":{"source":{},"text":null,"message_type":null,"media_urls":null,"media":null,` +
			`"reply_to":null,"context":null,"prompt_response":null},"bufferId":null}`,
		`{"type":"inbound","event":{"source":"","text":"","reply_to":[],"media_urls":"x","prompt_response":[1]},"bufferId":""}`,
		`{"type":"inbound","event":{"TEXT":"x","Source":{"chat_id":"x"}},"BufferId":"x","bufferid":"x"}`,
	} {
		in := decodeInbound(t, line)
		e, x := in.Event, in.Event.Extras()
		if in.BufferID != "" || e.Text != "" || e.MessageType != wire.TypeText || x.MediaURLs != nil || x.ReplyTo != nil ||
			x.PromptResponse != nil || e.ChannelContext() != "" || e.DedupeKey() != "" ||
			e.Source.Platform != "relay" || e.Source.ChatType != "dm" || e.Source.ChatID != "" {
			t.Errorf("%s\ngave %+v", line, in.Event)
		}
	}
}

func TestInboundRejectsWrongShapesAndKeepsTheBufferID(t *testing.T) {
	for event, reason := range map[string]string{
		`null`:                "event is not an object",
		`[]`:                  "event is not an object",
		`"x"`:                 "event is not an object",
		`5`:                   "event is not an object",
		`{"source":"bad"}`:    "event.source is not an object",
		`{"source":[1]}`:      "event.source is not an object",
		`{"source":true}`:     "event.source is not an object",
		`{"reply_to":"bad"}`:  "event.reply_to is not an object",
		`{"reply_to":[null]}`: "event.reply_to is not an object",
	} {
		in, err := new(wire.Decoder).Inbound([]byte(`{"type":"inbound","event":` + event + `,"bufferId":"b1"}`))
		var bad *wire.DecodeError
		if !errors.As(err, &bad) || bad.Reason != reason || bad.Kind != wire.KindInbound {
			t.Errorf("%s: error %v", event, err)
		}
		if in == nil || in.BufferID != "b1" || in.Event != nil {
			t.Errorf("%s: delivery %+v", event, in)
		}
	}
}

func TestInboundWithoutAnEnvelopeIsNoDelivery(t *testing.T) {
	for line, reason := range poison {
		if strings.HasPrefix(reason, "type") {
			continue
		}
		in, err := new(wire.Decoder).Inbound([]byte(line))
		var bad *wire.DecodeError
		if in != nil || !errors.As(err, &bad) || bad.Reason != reason {
			t.Errorf("Inbound(%q) = %v, %v", line, in, err)
		}
	}
}

func TestBufferIDs(t *testing.T) {
	for raw, want := range map[string]string{
		`"b1"`: "b1", `7`: "7", `0`: "0", `-1`: "-1", `1.50`: "1.50", `1e3`: "1e3", `12345678901234567890`: "12345678901234567890",
		`""`: "", `null`: "", `false`: "", `[]`: "", `{}`: "", `" "`: " ", `true`: "true", `["x"]`: `["x"]`,
	} {
		if got := decodeInbound(t, `{"type":"inbound","event":{},"bufferId":`+raw+`}`).BufferID; got != want {
			t.Errorf("bufferId %s is %q, want %q", raw, got, want)
		}
		p, err := new(wire.Decoder).Passthrough([]byte(`{"type":"passthrough_forward","forward":{},"bufferId":` + raw + `}`))
		if err != nil || p.BufferID != want {
			t.Errorf("passthrough: bufferId %s is %q, want %q (%v)", raw, p.BufferID, want, err)
		}
	}
}

func TestEventCoercesWhatIsNoString(t *testing.T) {
	e := decodeInbound(t, `{"type":"inbound","event":{"text":5,"message_id":42,"reply_to_message_id":1.50,`+
		`"media_urls":["a",null,5,"b",""],"media":["x",{"url":1},{"url":"b","mime":null,"size":"9"},{"mime":"q"}],`+
		`"message_type":["photo"],"reply_to":{"text":7,"is_own":"yes"},`+
		`"source":{"platform":5,"chat_id":-100,"user_id":true,"chat_name":{"a": 1},"auto_thread_created":1}}}`).Event
	x := e.Extras()
	if e.Text != "5" || e.MessageID != "42" || e.ReplyToMessageID != "1.50" || strings.Join(x.MediaURLs, ",") != "a,b," ||
		e.MessageType != wire.TypeText || len(x.Media) != 1 || x.Media[0].URL != "b" || x.Media[0].Size != 0 ||
		*x.ReplyTo != (wire.ReplyTo{Text: "7", IsOwn: true}) {
		t.Errorf("event %+v", e)
	}
	if s := e.Source; s.Platform != "relay" || s.OriginalPlatform != "5" || s.ChatID != "-100" || s.UserID != "true" ||
		s.ChatName != `{"a": 1}` || !s.Extras().AutoThreadCreated {
		t.Errorf("source %+v", s)
	}
}

func TestMediaURLsDropNullInEitherPath(t *testing.T) {
	e := decodeInbound(t, `{"type":"inbound","event":{"media_urls":["a",null,"b"]}}`).Event
	if strings.Join(e.Extras().MediaURLs, ",") != "a,b" {
		t.Errorf("media urls %q", e.Extras().MediaURLs)
	}
}

func TestTheLastOfTwoMembersCounts(t *testing.T) {
	for _, id := range []string{`"2"`, `2`} {
		in := decodeInbound(t, `{"type":"inbound","event":{"text":"a","text":"b","source":{"chat_id":"x"},`+
			`"source":{"chat_id":"y"}},"bufferId":"1","bufferId":`+id+`}`)
		if in.Event.Text != "b" || in.Event.Source.ChatID != "y" || in.BufferID != "2" {
			t.Errorf("got %+v", in)
		}
	}
}

func TestNamesAreMatchedExactly(t *testing.T) {
	for _, name := range []string{
		"Text", "TEXT", "tExt", "texT", `\u0054ext`, "teſt", "text ", "tеxt", `text\"`,
	} {
		for _, event := range []string{
			`{"text":"right","` + name + `":"wrong"}`, `{"text":"right","` + name + `" :"wrong"}`,
			`{"` + name + `":"wrong","text":"right","media_urls":[]}`,
			`{"text":"right","source":{"chat_name":"` + strings.Repeat("a long name ", 20) + `"},"` + name + `": "wrong"}`,
		} {
			if e := decodeInbound(t, `{"type":"inbound","event":`+event+`}`).Event; e.Text != "right" {
				t.Errorf("%s: text %q", event, e.Text)
			}
		}
	}
	in := decodeInbound(t, `{"type":"inbound","event":{"source":{"chat_id":"c","Chat_ID":"x","ſource":1}},`+
		`"bufferId":"b","BufferId":"x","bufferid":"x","BUFFERID":"x"}`)
	if in.BufferID != "b" || in.Event.Source.ChatID != "c" {
		t.Errorf("got %+v", in)
	}
	id, r, err := wire.DecodeOutboundResult([]byte(`{"requestId":"r","RequestId":"x","result":{"success":false,"Success":true}}`))
	if err != nil || id != "r" || r.Success {
		t.Errorf("got %q, %+v (%v)", id, r, err)
	}
}

func TestLongLinesAreReadAsShortOnes(t *testing.T) {
	for _, size := range []int{100, 10_000, 16 << 10, 20_000, 1 << 20} {
		text := strings.Repeat("x", size)
		line := []byte(`{"type":"inbound","event":{"text":"` + text + `","Text":"no","source":{"chat_id":"c"}},"bufferId":"b"}`)
		in, err := new(wire.Decoder).Inbound(line)
		copy(line, make([]byte, len(line)))
		if err != nil || in.Event.Text != text || in.Event.Source.ChatID != "c" || in.BufferID != "b" {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestTrustIsNeverReadOffTheWire(t *testing.T) {
	e := decodeInbound(t, `{"type":"inbound","event":{"source":{"delivered_via_upstream_relay":false,"role_authorized":true}}}`).Event
	source := object(object(e.AppendJSON(nil))["source"])
	if string(source["delivered_via_upstream_relay"]) != "true" || source["role_authorized"] != nil {
		t.Errorf("source %s", e.AppendJSON(nil))
	}
}

func TestPlatformsAreTrimmedAndLowered(t *testing.T) {
	d := wire.Decoder{Platforms: []string{"zulip"}}
	for spelt, want := range map[string]string{
		"discord": "discord", " Telegram\t": "telegram", "WHATSAPP_CLOUD": "whatsapp_cloud", "Zulip": "zulip",
		"": "relay", "nosuch": "relay", "relay": "relay",
	} {
		e, err := d.Event([]byte(`{"source":{"platform":"` + strings.ReplaceAll(spelt, "\t", `\t`) + `"}}`))
		if err != nil || e.Source.Platform != want || e.Source.OriginalPlatform != spelt {
			t.Errorf("platform %q is %+v (%v)", spelt, e.Source, err)
		}
	}
	if e, _ := wire.ParseEvent([]byte(`{"source":{"platform":"zulip"}}`)); e.Source.Platform != "relay" {
		t.Error("a platform that nobody registered is known")
	}
	if len(wire.KnownPlatforms()) != 34 {
		t.Errorf("%d platforms are known", len(wire.KnownPlatforms()))
	}
}

func TestAReaderKnowsThePlatformsOfEachDecoder(t *testing.T) {
	var r wire.EventReader
	zulip, plain := wire.Decoder{Platforms: []string{"zulip"}}, wire.Decoder{}
	for _, c := range []struct {
		d           *wire.Decoder
		spelt, want string
	}{
		{&plain, "", "relay"}, {&zulip, "zulip", "zulip"}, {&plain, "zulip", "relay"}, {&plain, "discord", "discord"},
		{&plain, "Discord", "discord"}, {&zulip, "discord", "discord"}, {&zulip, "zulip", "zulip"}, {&plain, "", "relay"},
	} {
		var ev wire.Event
		line := `{"type":"inbound","event":{"source":{"platform":"` + c.spelt + `"}}}`
		_, err := r.Inbound(c.d, []byte(line), &ev)
		if err != nil || ev.Source.Platform != c.want || ev.Source.OriginalPlatform != c.spelt {
			t.Errorf("platform %q is %q, spelt %q (%v)", c.spelt, ev.Source.Platform, ev.Source.OriginalPlatform, err)
		}
	}
}

func TestPlatformsOfIdentitiesAreKnown(t *testing.T) {
	identities := []wire.Identity{{Platform: " Zulip"}, {Platform: "discord"}, {Platform: "gitter"}, {Platform: "zulip", BotID: "2"}}
	d := wire.NewDecoder(identities, "XMPP", " ", "gitter")
	if want := []string{"zulip", "gitter", "xmpp"}; !slices.Equal(d.Platforms, want) {
		t.Errorf("learnt %q, want %q", d.Platforms, want)
	}
	keys := make(map[string]bool)
	for _, platform := range []string{"zulip", "gitter", "xmpp", "teams", "irc", "nosuch"} {
		e, err := d.Event([]byte(`{"source":{"platform":"` + platform + `","chat_id":"c1"}}`))
		if err != nil {
			t.Fatal(err)
		}
		keys[wire.SessionKey(&e.Source, wire.SessionKeyOptions{})] = true
	}
	for _, platform := range []string{"zulip", "gitter", "xmpp", "teams", "irc", "relay"} {
		if key := "agent:main:" + platform + ":dm:c1"; !keys[key] {
			t.Errorf("no session has the key %s: %v", key, keys)
		}
	}
}

func TestDecodedEventsShareNoMemoryWithTheBuffer(t *testing.T) {
	for _, id := range []string{`"b1"`, `7`} {
		line := []byte(`{"type":"inbound","event":` + richEvent + `,"bufferId":` + id + `}`)
		in, err := new(wire.Decoder).Inbound(line)
		if err != nil {
			t.Fatal(err)
		}
		for i := range line {
			line[i] = '#'
		}
		checkRich(t, in.Event)
	}
}

func TestEventInNormalFormReadsBackTheSame(t *testing.T) {
	first := decodeInbound(t, `{"type":"inbound","event":`+richEvent+`}`).Event
	raw, err := first.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	second, err := wire.ParseEvent(raw)
	if err != nil {
		t.Fatal(err)
	}
	second.Source.OriginalPlatform = first.Source.OriginalPlatform
	if got, want := string(second.AppendJSON(nil)), string(first.AppendJSON(nil)); got != want {
		t.Errorf("read back\n%s\nwant\n%s", got, want)
	}
}

func TestEventInNormalFormNamesEveryFieldOfTheFirstVersion(t *testing.T) {
	e, err := wire.ParseEvent([]byte(`{"text":"x","source":{"platform":"Nosuch"}}`))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"text":"x","message_type":"text","message_id":null,"reply_to_message_id":null,"media_urls":[],` +
		`"source":{"platform":"relay","original_platform":"Nosuch","chat_id":"","chat_type":"dm","chat_name":null,` +
		`"user_id":null,"user_name":null,"user_display_name":null,"user_handle":null,"thread_id":null,"chat_topic":null,` +
		`"user_id_alt":null,"chat_id_alt":null,"parent_chat_id":null,"message_id":null,"scope_id":null,"guild_id":null,` +
		`"profile":null,"auto_thread_initial_name":null,"prospective_thread_id":null,"auto_thread_created":false,` +
		`"delivered_via_upstream_relay":true}}`
	if got := string(e.AppendJSON(nil)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestJSONPackagesReadAnEventAsParseEventDoes(t *testing.T) {
	var e wire.Event
	if err := json.Unmarshal([]byte(richEvent), &e); err != nil {
		t.Fatal(err)
	}
	checkRich(t, &e)
	if err := json.Unmarshal([]byte(`{"source":"bad"}`), &e); err == nil || e.Text == "" {
		t.Errorf("event %+v (%v)", e, err)
	}
}

func TestAnEventThatWasBuiltEncodesAndHasNoRaw(t *testing.T) {
	e := &wire.Event{Text: "a\u2028\x01\xff\"\\", Source: wire.Source{Platform: "sms"}}
	if e.Raw() != nil {
		t.Errorf("raw %s", e.Raw())
	}
	back, err := wire.ParseEvent(e.AppendJSON(nil))
	if err != nil || back.Text != "a\u2028\x01\ufffd\"\\" || back.Source.Platform != "sms" {
		t.Errorf("read back %+v (%v)", back, err)
	}
}
