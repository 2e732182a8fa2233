package wire_test

import (
	"testing"

	"hermod/wire"
)

func TestOutboundResultReadsTheKnownFields(t *testing.T) {
	const rich = `{"success":true,"message_id":"m","thread_id":"t","error":"e","code":"c","ambiguous":true,"x":[1]}`
	for name, line := range map[string]string{
		"one pass": `{"type":"outbound_result","requestId":"r","result":` + rich + `}`,
		"patient":  `{"type":"outbound_result","requestId":"r","requestId":"r","result":` + rich + `}`,
	} {
		buffer := []byte(line)
		id, r, err := wire.DecodeOutboundResult(buffer)
		copy(buffer, make([]byte, len(buffer)))
		if err != nil || id != "r" || !r.Success || r.MessageID != "m" || r.ThreadID != "t" || r.Error != "e" ||
			r.Code != "c" || !r.Ambiguous {
			t.Errorf("%s: %q %+v (%v)", name, id, r, err)
		}
		if got := string(r.AppendJSON(nil)); got != rich {
			t.Errorf("%s: encodes as %s", name, got)
		}
		if x, ok := r.Field("x"); !ok || string(x) != "[1]" {
			t.Errorf("%s: field x is %s", name, x)
		}
	}
}

func TestResultCoercions(t *testing.T) {
	for raw, want := range map[string]wire.Result{
		`{}`:                                    {},
		`{"success":1}`:                         {Success: true},
		`{"success":"false"}`:                   {Success: true},
		`{"success":null,"error":null}`:         {},
		`{"success":0,"error":404,"code":4.50}`: {Error: "404", Code: "4.50"},
		`{"message_id":42,"ambiguous":[0]}`:     {MessageID: "42", Ambiguous: true},
		`{"Success":true,"MESSAGE_ID":"m"}`:     {},
	} {
		_, r, err := wire.DecodeOutboundResult([]byte(`{"requestId":"r","result":` + raw + `}`))
		if err != nil || r.Success != want.Success || r.Error != want.Error || r.Code != want.Code ||
			r.MessageID != want.MessageID || r.Ambiguous != want.Ambiguous {
			t.Errorf("%s is %+v (%v)", raw, r, err)
		}
	}
}

func TestAResultThatIsNoObjectIsAFailure(t *testing.T) {
	for _, raw := range []string{`null`, `[]`, `"ok"`, `true`, `5`} {
		id, r, err := wire.DecodeOutboundResult([]byte(`{"requestId":"r","result":` + raw + `}`))
		if err != nil || id != "r" || r.Success || r.Error == "" || r.Ambiguous {
			t.Errorf("%s: %q %+v (%v)", raw, id, r, err)
		}
	}
	if id, r, err := wire.DecodeOutboundResult([]byte(`{"requestId":7}`)); id != "7" || r.Success || err != nil {
		t.Errorf("absent: %q %+v (%v)", id, r, err)
	}
}

func TestAResultAlwaysSaysWhetherItSucceeded(t *testing.T) {
	for want, r := range map[string]wire.Result{
		`{"success":false}`:                                 {},
		`{"success":true}`:                                  {Success: true},
		`{"success":false,"error":"no","code":"c"}`:         {Error: "no", Code: "c"},
		`{"success":false,"error":"lost","ambiguous":true}`: wire.Failure("lost", true),
		`{"success":true,"message_id":"m","thread_id":"t"}`: {Success: true, MessageID: "m", ThreadID: "t"},
		`{"success":false,"a":1}`:                           wire.ParseResult([]byte(` { "a":1}`)),
		`{"success":false }`:                                wire.ParseResult([]byte(`{ }`)),
		`{"success":null}`:                                  wire.ParseResult([]byte(`{"success":null}`)),
		`{"success":false,"error":"connector answered with a result that is not an object"}`: wire.ParseResult([]byte(`[1]`)),
	} {
		raw, err := r.MarshalJSON()
		if got := string(raw); err != nil || len(parse(raw).(map[string]any)) == 0 || compact(got) != compact(want) {
			t.Errorf("got %s, want %s (%v)", got, want, err)
		}
	}
}

func compact(raw string) string { return show(parse([]byte(raw))) }

func TestChatInfoFillsInWhatIsMissing(t *testing.T) {
	for raw, want := range map[string]wire.ChatInfo{
		`{"chat_info":{"name":"N","type":"group"},"name":"x"}`: {Name: "N", Type: "group"},
		`{"name":"N","type":"group"}`:                          {Name: "N", Type: "group"},
		`{"chat_info":{"type":"group"},"name":"x"}`:            {Name: "c", Type: "group"},
		`{"chat_info":{},"name":"x"}`:                          {Name: "x", Type: "dm"},
		`{"chat_info":null}`:                                   {Name: "c", Type: "dm"},
		`{"chat_info":"odd","name":null,"type":5}`:             {Name: "c", Type: "5"},
		`{"success":false,"error":"no"}`:                       {Name: "c", Type: "dm"},
		`[]`:                                                   {Name: "c", Type: "dm"},
	} {
		if got := wire.ParseResult([]byte(raw)).ChatInfo("c"); got != want {
			t.Errorf("%s is %+v", raw, got)
		}
	}
	if got := wire.Failure("timed out", true).ChatInfo("c"); got != (wire.ChatInfo{Name: "c", Type: "dm"}) {
		t.Errorf("a failure is %+v", got)
	}
}

func TestAResultNamesTheThreadThatCameOfIt(t *testing.T) {
	for in, want := range map[string][2]string{
		`{"success":true,"message_id":"m1","thread_id":"t1","auto_thread_name":"a \"b\""}`: {"t1", `a "b"`},
		`{"success":true,"message_id":"m1"}`:                                               {"m1", ""},
		`{"success":true,"thread_id":17,"auto_thread_name":null}`:                          {"17", ""},
		`{"success":false,"thread_id":"t1","error":"no"}`:                                  {"", ""},
		`5`: {"", ""},
	} {
		line := []byte(`{"type":"outbound_result","requestId":"r","result":` + in + `}`)
		_, framed, err := wire.DecodeOutboundResult(line)
		for _, r := range []wire.Result{wire.ParseResult([]byte(in)), framed} {
			if err != nil || r.CreatedThread() != want[0] || r.AutoThreadName() != want[1] {
				t.Errorf("%s: thread %q, name %q, %v", in, r.CreatedThread(), r.AutoThreadName(), err)
			}
		}
	}
}
