package wire_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"hermod/wire"
)

var now = time.Unix(1754700000, 0)

const key = wire.Secret("topsecret")

// signed returns a token over any text of the expiry; canonical is what it stands for.
func signed(id, expiry, canonical string) string {
	sig := wire.Sign(id+":"+canonical, key)
	return base64.RawURLEncoding.EncodeToString([]byte(id + ":" + expiry + ":" + sig))
}

func verify(token string, secrets ...wire.Secret) (string, error) {
	return wire.VerifyToken(token, secrets, now)
}

func TestMintedTokensVerify(t *testing.T) {
	for _, id := range []string{"gw", "gw:with:colons", "", ":", "gw-ü", "a\nb", strings.Repeat("x", 5000)} {
		for _, ttl := range []time.Duration{0, -time.Second, time.Nanosecond, time.Second, wire.TokenTTL} {
			token := wire.MintToken(id, key, ttl, now)
			if got, err := verify(token, key); got != id || err != nil {
				t.Errorf("id %q, ttl %v: %q, %v", id, ttl, got, err)
			}
			if got, err := wire.PeekToken(token); got != id || err != nil {
				t.Errorf("peek %q: %q, %v", id, got, err)
			}
			if strings.ContainsAny(token, "=+/") {
				t.Errorf("token %s is not unpadded base64url", token)
			}
		}
	}
}

func TestVerifyTokenSplitsIDFromTheRight(t *testing.T) {
	if id, err := verify(signed("a:1:b", "0", "0"), key); id != "a:1:b" || err != nil {
		t.Errorf("%q, %v", id, err)
	}
}

func TestTokensExpireAfterTheirLastSecond(t *testing.T) {
	token := wire.MintToken("gw", key, 300*time.Second, now)
	for at, want := range map[time.Duration]error{
		0: nil, 300 * time.Second: nil, 300*time.Second + 999*time.Millisecond: nil,
		301 * time.Second: wire.ErrTokenExpired, -time.Hour: nil,
	} {
		if _, err := wire.VerifyToken(token, []wire.Secret{key}, now.Add(at)); !errors.Is(err, want) {
			t.Errorf("after %v: %v, want %v", at, err, want)
		}
	}
	forever := wire.MintToken("gw", key, 0, now)
	if _, err := wire.VerifyToken(forever, []wire.Secret{key}, now.AddDate(100, 0, 0)); err != nil {
		t.Errorf("a token without an end: %v", err)
	}
}

func TestVerifyTokenTriesEverySecret(t *testing.T) {
	token := wire.MintToken("gw", key, 0, now)
	for _, c := range []struct {
		secrets []wire.Secret
		want    error
	}{
		{[]wire.Secret{key}, nil},
		{[]wire.Secret{"new", "", " ", key}, nil},
		{nil, wire.ErrTokenSignature},
		{[]wire.Secret{"other"}, wire.ErrTokenSignature},
		{[]wire.Secret{key + "x", "TOPSECRET"}, wire.ErrTokenSignature},
	} {
		if _, err := verify(token, c.secrets...); !errors.Is(err, c.want) {
			t.Errorf("%d secrets: %v, want %v", len(c.secrets), err, c.want)
		}
	}
}

func TestABlankSecretSignsNothing(t *testing.T) {
	for _, blank := range []wire.Secret{"", " ", "\t\n"} {
		if _, err := verify(wire.MintToken("gw", blank, 0, now), blank); !errors.Is(err, wire.ErrTokenSignature) {
			t.Errorf("%d bytes of white space: %v", len(blank), err)
		}
	}
}

func TestVerifyTokenReadsTheExpiryAsTheReferenceDoes(t *testing.T) {
	huge := strings.Repeat("9", 40)
	for _, c := range []struct {
		expiry, canonical string
		want              error
	}{
		{"0", "0", nil}, {"+0", "0", nil}, {"-0", "0", nil}, {"00", "0", nil}, {" 0 ", "0", nil}, {"0_0", "0", nil},
		{"1_754_700_000", "1754700000", nil}, {"+1754700000", "1754700000", nil}, {huge, huge, nil},
		{"-1", "-1", wire.ErrTokenExpired}, {"-" + huge, "-" + huge, wire.ErrTokenExpired},
		{"1754699999", "1754699999", wire.ErrTokenExpired},
		{"", "0", wire.ErrTokenMalformed}, {"+", "0", wire.ErrTokenMalformed}, {"_0", "0", wire.ErrTokenMalformed},
		{"0_", "0", wire.ErrTokenMalformed}, {"0__0", "0", wire.ErrTokenMalformed}, {"1e9", "1", wire.ErrTokenMalformed},
		{"0x1", "1", wire.ErrTokenMalformed}, {"1.0", "1", wire.ErrTokenMalformed}, {"+ 0", "0", wire.ErrTokenMalformed},
		{"notanum", "0", wire.ErrTokenMalformed}, {strings.Repeat("9", 4301), huge, wire.ErrTokenMalformed},
		{"00", "00", wire.ErrTokenSignature},
	} {
		if _, err := verify(signed("gw", c.expiry, c.canonical), key); !errors.Is(err, c.want) {
			t.Errorf("expiry %.20q: %v, want %v", c.expiry, err, c.want)
		}
	}
}

func TestVerifyTokenReadsSignaturesInEitherCase(t *testing.T) {
	sig := wire.Sign("gw:0", key)
	for text, want := range map[string]error{
		sig: nil, strings.ToUpper(sig): nil, " " + sig[:2] + "\t" + sig[2:] + "\n": nil,
		sig[:1] + " " + sig[1:]: wire.ErrTokenSignature, sig[:62]: wire.ErrTokenSignature, sig + "00": wire.ErrTokenSignature,
		"": wire.ErrTokenSignature, "zz": wire.ErrTokenSignature, sig[:63] + "g": wire.ErrTokenSignature,
	} {
		token := base64.RawURLEncoding.EncodeToString([]byte("gw:0:" + text))
		if _, err := verify(token, key); !errors.Is(err, want) {
			t.Errorf("signature %q: %v, want %v", text, err, want)
		}
	}
}

func TestTokensThatAreNoneAreMalformed(t *testing.T) {
	good := wire.MintToken("gw", key, 0, now)
	for _, token := range []string{
		"", "!!!", "é" + good, good[:len(good)-3], base64.RawURLEncoding.EncodeToString([]byte("gw:0")),
		base64.RawURLEncoding.EncodeToString([]byte("gw")), base64.RawURLEncoding.EncodeToString([]byte("\xff:0:00")),
	} {
		_, err := verify(token, key)
		_, peeked := wire.PeekToken(token)
		if !errors.Is(err, wire.ErrTokenMalformed) || !errors.Is(peeked, wire.ErrTokenMalformed) {
			t.Errorf("%q: %v, peek %v", token, err, peeked)
		}
	}
	if _, err := verify(good+strings.Repeat("=", (4-len(good)%4)%4), key); err != nil {
		t.Errorf("with its padding: %v", err)
	}
}

func TestEveryChangedByteBreaksAToken(t *testing.T) {
	raw := []byte("gw:0:" + wire.Sign("gw:0", key))
	for i := range raw {
		changed := append([]byte(nil), raw...)
		changed[i] ^= 1
		if id, err := verify(base64.RawURLEncoding.EncodeToString(changed), key); err == nil {
			t.Errorf("byte %d changed: still the token of %q", i, id)
		}
	}
}
