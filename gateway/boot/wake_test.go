package boot_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hermod/gateway/boot"
	"hermod/messages"
	"hermod/wire"
)

// sleeper is a relay in some state.
type sleeper struct {
	name  string
	state messages.State
	woken int
}

func (s *sleeper) Name() string            { return s.name }
func (s *sleeper) Status() messages.Status { return messages.Status{State: s.state} }
func (s *sleeper) Wake()                   { s.woken++ }

func call(handler http.Handler, method, target, body string, keys ...wire.Secret) int {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for _, key := range keys {
		timestamp, signature := wire.SignDelivery([]byte(body), key, time.Now())
		r.Header.Set(wire.DeliveryTimestampHeader, timestamp)
		r.Header.Set(wire.DeliverySignatureHeader, signature)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code
}

func TestWakeCallWakesWhatItNames(t *testing.T) {
	dormant, other := &sleeper{name: "dormant", state: messages.Dormant}, &sleeper{name: "other", state: messages.Dormant}
	ready, waiting := &sleeper{name: "ready", state: messages.Ready}, &sleeper{name: "waiting", state: messages.Backoff}
	all := []*sleeper{dormant, other, ready, waiting}
	handler := boot.WakeHandler(boot.WakeConfig{Wake: boot.WakeRelays(func() []*sleeper { return all })})
	if code := call(handler, "GET", "/wake?relay=dormant", ""); code != 204 || dormant.woken != 1 || other.woken != 0 {
		t.Fatalf("one relay: %d, %d, %d", code, dormant.woken, other.woken)
	}
	if code := call(handler, "POST", "/wake", "{}"); code != 204 || dormant.woken != 2 || other.woken != 1 {
		t.Fatalf("all relays: %d, %d, %d", code, dormant.woken, other.woken)
	}
	if ready.woken+waiting.woken != 0 {
		t.Fatal("an unsigned call ended the wait of a relay that is not dormant")
	}
	for target, want := range map[string]int{"/wake?relay=nobody": 404} {
		if code := call(handler, "POST", target, ""); code != want {
			t.Errorf("%s: %d", target, code)
		}
	}
	if code := call(handler, "DELETE", "/wake", ""); code != 405 {
		t.Errorf("DELETE: %d", code)
	}
	if code := call(handler, "POST", "/wake", strings.Repeat("x", 4<<10+1), "key"); code != 413 {
		t.Errorf("a large body: %d", code)
	}
}

func TestAnUnsignedGetWakesWhatSleepsThoughThereIsAKey(t *testing.T) {
	dormant, waiting := &sleeper{name: "dormant", state: messages.Dormant}, &sleeper{name: "waiting", state: messages.Backoff}
	handler := boot.WakeHandler(boot.WakeConfig{
		Wake: boot.WakeRelays(func() []*sleeper { return []*sleeper{dormant, waiting} }),
		Keys: func(string) []wire.Secret { return []wire.Secret{"key"} },
	})
	if code := call(handler, "GET", "/wake", ""); code != 204 || dormant.woken != 1 || waiting.woken != 0 {
		t.Errorf("%d, woken: %d and %d", code, dormant.woken, waiting.woken)
	}
}

func TestWakePostMustBeSignedWhereThereIsAKey(t *testing.T) {
	waiting := &sleeper{name: "waiting", state: messages.Backoff}
	keys := []wire.Secret{"new key", "old key"}
	handler := boot.WakeHandler(boot.WakeConfig{
		Wake: boot.WakeRelays(func() []*sleeper { return []*sleeper{waiting} }),
		Keys: func(string) []wire.Secret { return keys },
	})
	for i, signers := range [][]wire.Secret{nil, {"another key"}, {" "}} {
		if code := call(handler, "POST", "/wake", "{}", signers...); code != 401 || waiting.woken != 0 {
			t.Errorf("%d: %d, woken %d", i, code, waiting.woken)
		}
	}
	for i, key := range keys {
		if code := call(handler, "POST", "/wake", "{}", key); code != 204 || waiting.woken != i+1 {
			t.Errorf("signed: %d, woken %d", code, waiting.woken)
		}
	}
	keys = nil
	if code := call(handler, "GET", "/wake", ""); code != 204 || waiting.woken != 2 {
		t.Errorf("no key yet: %d, woken %d", code, waiting.woken)
	}
}

func TestASignatureThatNoKeyMadeIsRefusedWhateverRelayIsNamed(t *testing.T) {
	dormant := &sleeper{name: "dormant", state: messages.Dormant}
	keys := map[string][]wire.Secret{"keyed": {"its key"}}
	handler := boot.WakeHandler(boot.WakeConfig{
		Wake: boot.WakeRelays(func() []*sleeper { return []*sleeper{dormant} }),
		Keys: func(relay string) []wire.Secret { return keys[relay] },
	})
	for _, relay := range []string{"dormant", "keyed", "nobody", ""} {
		if code := call(handler, "POST", "/wake?relay="+relay, "{}", "a stranger's key"); code != 401 || dormant.woken != 0 {
			t.Errorf("%q: %d, woken %d", relay, code, dormant.woken)
		}
	}
}

func TestTheWakeEndpointSaysWhichKeySigned(t *testing.T) {
	var got []boot.WakeCall
	handler := boot.WakeHandler(boot.WakeConfig{
		Wake: func(c boot.WakeCall) bool { got = append(got, c); return true },
		Keys: func(string) []wire.Secret { return []wire.Secret{"one", "two"} },
	})
	if code := call(handler, "POST", "/wake", "{}", "two"); code != 204 || len(got) != 1 || got[0].Key != "two" {
		t.Errorf("%d, %v", code, got)
	}
}

func TestAnUnsignedCallIsJudgedWithoutItsBody(t *testing.T) {
	handler := boot.WakeHandler(boot.WakeConfig{Wake: func(boot.WakeCall) bool { return true },
		Keys: func(string) []wire.Secret { return []wire.Secret{"key"} }})
	r := httptest.NewRequest("POST", "/wake", unreadable{t})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != 401 {
		t.Errorf("answered %d", w.Code)
	}
}

// unreadable is a body that must not be read.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}
