package wire_test

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hermod/wire"
)

func TestCloseErrorsNameCodeAndReason(t *testing.T) {
	for want, err := range map[string]*wire.CloseError{
		"connector closed the link: 4401 unauthorized": {Code: wire.CloseUnauthorized, Reason: "unauthorized"},
		"connector closed the link: 1005":              {Code: wire.CloseNoStatus},
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}

func TestParseCloseSaysWhatWasSentAndWhatToAnswer(t *testing.T) {
	const none = wire.CloseNoStatus
	for _, tt := range []struct {
		name    string
		payload string
		code    int
		reason  string
		reply   int
	}{
		{"empty", "", none, "", 1000},
		{"one byte", "\x03", none, "", 1002},
		{"1000", closePayload(1000, ""), 1000, "", 1000},
		{"with a reason", closePayload(4401, "unauthorized"), 4401, "unauthorized", 4401},
		{"with a long reason", closePayload(1001, strings.Repeat("é", 61)+"."), 1001, strings.Repeat("é", 61) + ".", 1001},
		{"invalid UTF-8", closePayload(1001, "bye\xff\xfe!"), 1001, "bye\ufffd!", 1007},
		{"a rune cut off", closePayload(4401, "expired \xc3"), 4401, "expired \ufffd", 1007},
		{"invalid UTF-8 and a bad code", closePayload(1005, "\xff"), 1005, "\ufffd", 1002},
	} {
		t.Run(tt.name, func(t *testing.T) {
			closed, reply := wire.ParseClose([]byte(tt.payload))
			if closed.Code != tt.code || closed.Reason != tt.reason || reply != tt.reply {
				t.Errorf("%d %q, answered with %d; want %d %q and %d", closed.Code, closed.Reason, reply, tt.code, tt.reason, tt.reply)
			}
		})
	}
}

func TestParseCloseAnswersEveryCode(t *testing.T) {
	for code := range 1 << 16 {
		want := wire.CloseProtocol
		switch {
		case code >= 1000 && code <= 1003, code >= 1007 && code <= 1014, code >= 3000 && code < 5000:
			want = code
		}
		if closed, reply := wire.ParseClose([]byte(closePayload(code, ""))); closed.Code != code || reply != want {
			t.Fatalf("code %d is read as %d and answered with %d, want %d", code, closed.Code, reply, want)
		}
	}
}

// closePayload is the payload of a close frame.
func closePayload(code int, reason string) string {
	return string([]byte{byte(code >> 8), byte(code)}) + reason
}

func FuzzParseClose(f *testing.F) {
	for _, seed := range []string{"", "\x03", closePayload(1000, ""), closePayload(4401, "expired"), closePayload(1006,
		"\xff"), closePayload(65535, "é")} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		closed, reply := wire.ParseClose(payload)
		if !utf8.ValidString(closed.Reason) {
			t.Errorf("reason %q", closed.Reason)
		}
		if _, again := wire.ParseClose([]byte(closePayload(reply, ""))); again != reply {
			t.Errorf("answers with %d, which may not be sent", reply)
		}
		if sound := len(payload) >= 2 && utf8.Valid(payload[2:]); sound && reply != closed.Code &&
			reply != wire.CloseProtocol {
			t.Errorf("%d is answered with %d", closed.Code, reply)
		}
	})
}

func TestDrainGraceLeavesTimeForTheTeardown(t *testing.T) {
	for budget, want := range map[time.Duration]time.Duration{
		math.MinInt64: 0, -time.Second: 0, 0: 0, 3500 * time.Millisecond: 0, 4 * time.Second: 500 * time.Millisecond,
		5 * time.Second: 1500 * time.Millisecond, 8500 * time.Millisecond: 5 * time.Second, math.MaxInt64: 5 * time.Second,
	} {
		if got := wire.DrainGrace(budget); got != want {
			t.Errorf("DrainGrace(%v) = %v, want %v", budget, got, want)
		}
	}
}

func TestDrainBudgetsAreSeconds(t *testing.T) {
	for env, want := range map[string]time.Duration{
		"": 5 * time.Second, " ": 5 * time.Second, "abc": 5 * time.Second, "5s": 5 * time.Second, "0x10": 5 * time.Second,
		"1__0": 5 * time.Second, "10": 10 * time.Second, " 4.5 ": 4500 * time.Millisecond, "1e1": 10 * time.Second,
		"1_0": 10 * time.Second, "1_2_3": 123 * time.Second, "_1": 5 * time.Second, "-3": -3 * time.Second, "0": 0, "nan": 0,
	} {
		if got := wire.ParseDrainBudget(env); got != want {
			t.Errorf("ParseDrainBudget(%q) = %v, want %v", env, got, want)
		}
	}
	for env, positive := range map[string]bool{"inf": true, "1e400": true, "-inf": false, "-1e400": false} {
		if got := wire.ParseDrainBudget(env); got > 0 != positive {
			t.Errorf("ParseDrainBudget(%q) = %v", env, got)
		}
	}
}
