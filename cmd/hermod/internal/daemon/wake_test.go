package daemon

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire"
)

const wakeFile = `
http: {listen: '127.0.0.1:0'%[3]s}
state: %[2]s
defaults: {url: '%[1]s', identity_token: {env: IDENTITY}, provision: {}, deliver: {stream: {}}}
bots:
  - {name: a, gateway_id: ga, identities: [{platform: discord, bot_id: b1}]}
  - {name: b, gateway_id: gb, identities: [{platform: discord, bot_id: b2}]}
  - {name: keyless, url: 'ws://127.0.0.1:9', identities: [{platform: discord, bot_id: b3}], gateway_id: gc}
`

// signedBy are the headers of a call that a key signs.
func signedBy(key wire.Secret) []string {
	timestamp, signature := wire.SignDelivery(nil, key, time.Now())
	return []string{wire.DeliveryTimestampHeader, timestamp, wire.DeliverySignatureHeader, signature}
}

func (r *running) sleep(name string) {
	r.t.Helper()
	bot, _ := r.fleet.Bot(name)
	if asleep, err := bot.Sleep(context.Background()); !asleep || err != nil {
		r.t.Fatalf("%s is asleep: %v, %v", name, asleep, err)
	}
}

func (r *running) asleep(name string) bool {
	bot, _ := r.fleet.Bot(name)
	return bot.Status().Asleep
}

func (r *running) keyOf(name string) wire.Secret {
	bot, _ := r.fleet.Bot(name)
	return keyOf(bot)
}

func TestAKeyWakesItsOwnBotOnly(t *testing.T) {
	c := serveTenant(t)
	r := run(t, fmt.Sprintf(wakeFile, c.URL(), t.TempDir(), ""))
	r.await([]string{"a", "b"}, connected)
	r.sleep("a")
	r.sleep("b")
	if status, _ := r.get("/wake?relay=b", signedBy(r.keyOf("a"))...); status != http.StatusUnauthorized || !r.asleep("b") {
		t.Errorf("another bot's key: %d, asleep %v", status, r.asleep("b"))
	}
	if status, _ := r.get("/wake", signedBy(r.keyOf("a"))...); status != http.StatusNoContent || !r.asleep("b") {
		t.Errorf("a key without a name: %d, asleep %v", status, r.asleep("b"))
	}
	awake := func(s fleet.Status) bool { return connected(s) && !s.Asleep }
	r.await([]string{"a"}, awake)
	if status, _ := r.get("/wake?relay=b", signedBy(r.keyOf("b"))...); status != http.StatusNoContent {
		t.Errorf("its own key: %d", status)
	}
	r.await([]string{"b"}, awake)
}

func TestTheWakeEndpointDoesNotTellStrangersWhichBotsThereAre(t *testing.T) {
	c := serveTenant(t)
	r := run(t, fmt.Sprintf(wakeFile, c.URL(), t.TempDir(), ", token: {env: SECRET}"))
	r.await([]string{"a", "b"}, connected)
	for kind, headers := range map[string][]string{"unsigned": nil, "signed by a stranger": signedBy("guess"),
		"signed by another bot's connector": signedBy(r.keyOf("a"))} {
		said := make(map[string]bool)
		for _, name := range []string{"b", "keyless", "nobody"} {
			status, body := r.get("/wake?relay="+name, headers...)
			said[body] = true
			if status != http.StatusUnauthorized {
				t.Errorf("%s call for %s: %d %s", kind, name, status, body)
			}
		}
		if len(said) != 1 {
			t.Errorf("%s calls are told %v", kind, said)
		}
	}
	for name, want := range map[string]int{"keyless": http.StatusNoContent, "nobody": http.StatusNotFound, "b": http.StatusNoContent} {
		if status, _ := r.get("/wake?relay="+name, "Authorization", "Bearer "+secret); status != want {
			t.Errorf("with the token, for %s: %d, want %d", name, status, want)
		}
	}
}

func TestPagesOfOtherOriginsReachTheProbesAndTheStatusPageOnly(t *testing.T) {
	r := run(t, doorFile("listen: '127.0.0.1:0'"))
	foreign := []string{"Sec-Fetch-Site", "cross-site"}
	link := append(foreign, "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document")
	frame := append(foreign, "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe")
	for path, want := range map[string][3]int{ // by fetch, by link, in a frame
		"/healthz":          {200, 200, 200},
		"/readyz":           {200, 200, 200},
		"/":                 {403, 200, 403},
		"/v1/bots":          {403, 403, 403},
		"/v1/bots/a/events": {403, 403, 403},
		"/v1/events":        {403, 403, 403},
		"/metrics":          {403, 403, 403},
		"/wake":             {403, 403, 403},
		"/openapi.json":     {403, 403, 403},
	} {
		for i, header := range [][]string{foreign, link, frame} {
			status, _ := r.get(path, header...)
			if path == "/readyz" && status == http.StatusServiceUnavailable {
				status = http.StatusOK // served, and not ready yet
			}
			if status != want[i] {
				t.Errorf("%s with %v: %d, want %d", path, header, status, want[i])
			}
		}
	}
}
