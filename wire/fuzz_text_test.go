package wire_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"hermod/wire"
)

func FuzzLineBuffer(f *testing.F) {
	f.Add([]byte("a\nb\r\n\n \n\xff\ncd"), []byte{1, 2, 1})
	f.Add([]byte("\r\n\r\r\nabc"), []byte{0, 3})
	f.Fuzz(func(t *testing.T, stream, cuts []byte) {
		var want []string
		whole := bytes.Split(stream, []byte("\n"))
		for _, line := range whole[:len(whole)-1] {
			line = bytes.TrimSuffix(line, []byte("\r"))
			if len(bytes.TrimSpace(line)) > 0 {
				want = append(want, string(line))
			}
		}
		var got []string
		b := wire.NewLineBuffer(0)
		rest := stream
		for i := 0; len(rest) > 0; i++ {
			n := len(rest)
			if i < len(cuts) {
				n = min(n, int(cuts[i]))
			}
			if err := b.Feed(bytes.Clone(rest[:n]), func(line []byte) { got = append(got, string(line)) }); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") || len(got) != len(want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if b.Buffered() != len(whole[len(whole)-1]) {
			t.Errorf("holds %d bytes of %q", b.Buffered(), whole[len(whole)-1])
		}
	})
}

func FuzzVerifyToken(f *testing.F) {
	f.Add(wire.MintToken("gw", "k", 0, now), "gw:a", "k", int64(0))
	f.Add(signed("gw", "+0", "0"), "", "topsecret", int64(300))
	f.Add("!!!=", "\xff", " ", int64(-1))
	f.Fuzz(func(t *testing.T, token, id, secret string, ttl int64) {
		if got, err := wire.VerifyToken(token, []wire.Secret{"another", key}, now); err == nil {
			peeked, err := wire.PeekToken(token)
			if err != nil || peeked != got {
				t.Errorf("verified %q, peeked %q (%v)", got, peeked, err)
			}
		}
		ttl %= 1 << 32
		minted := wire.MintToken(id, wire.Secret(secret), time.Duration(ttl)*time.Second, now)
		got, err := wire.VerifyToken(minted, []wire.Secret{wire.Secret(secret)}, now)
		switch blank := strings.TrimSpace(secret) == ""; {
		case !utf8.ValidString(id):
			if err == nil {
				t.Errorf("an id that is no text verifies as %q", got)
			}
		case blank && err == nil:
			t.Error("a blank secret signs")
		case !blank && (err != nil || got != id):
			t.Errorf("%q, %v, want %q", got, err, id)
		}
	})
}

func FuzzDialURL(f *testing.F) {
	for _, raw := range []string{"https://h", " WS://h:1/relay/?q#f", "wss://[::1%25eth0]/a//b", "http://u:p@h", "h:9000", "https://relay?x", "ws://h/%2"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		dial, err := wire.DialURL(raw)
		if err != nil {
			var config *wire.ConfigError
			if dial != "" || !errors.As(err, &config) {
				t.Fatalf("%q, %v", dial, err)
			}
			return
		}
		u, err := url.Parse(dial)
		if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" || !strings.HasSuffix(u.Path, "/relay") || u.User != nil {
			t.Errorf("%q is %+v (%v)", dial, u, err)
		}
		if again, err := wire.DialURL(dial); again != dial || err != nil {
			t.Errorf("%q becomes %q (%v)", dial, again, err)
		}
	})
}

// FuzzNames puts a member beside an event's own whose name differs from one of them in case
// alone, or in a letter that folds to the same, and expects it to be ignored.
func FuzzNames(f *testing.F) {
	f.Add(uint8(0), uint32(1), false, "pad")
	f.Add(uint8(3), uint32(1<<31), true, "[]{}:\\\" Ü")
	names := []string{"text", "message_type", "message_id", "media_urls", "source", "reply_to", "context", "prompt_response", "media"}
	f.Fuzz(func(t *testing.T, which uint8, mask uint32, escape bool, pad string) {
		own := names[int(which)%len(names)]
		var name strings.Builder
		for i, r := range own {
			switch odd := mask>>(i%32)&1 == 1; {
			case odd && escape:
				name.WriteString(`\u00` + hexOf(byte(r)&^0x20))
			case odd && r == 's':
				name.WriteRune('ſ')
			case odd:
				name.WriteRune(unicode.ToUpper(r))
			default:
				name.WriteRune(r)
			}
		}
		if str([]byte(`"`+name.String()+`"`)) == own {
			return
		}
		text, _ := json.Marshal(pad)
		plain := `{"text":` + string(text) + `,"source":{"chat_name":` + string(text) + `},"context":["a"]`
		for _, value := range []string{`"x"`, `{"chat_id":"x"}`, `["x"]`} {
			e, err := wire.ParseEvent([]byte(plain + `,"` + name.String() + `":` + value + `}`))
			want, _ := wire.ParseEvent([]byte(plain + `}`))
			if err != nil || !bytes.Equal(e.AppendJSON(nil), want.AppendJSON(nil)) {
				t.Errorf("%s counted as %s (%v)", name.String(), own, err)
			}
		}
	})
}

func hexOf(b byte) string { return hex.EncodeToString([]byte{b}) }
