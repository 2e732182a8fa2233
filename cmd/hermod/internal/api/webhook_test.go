package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"hermod/cmd/hermod/internal/api/client"
)

func TestABotWhoseWebhookIsGoneSaysSoAndReconnectTriesAgain(t *testing.T) {
	gone := atomic.Bool{}
	gone.Store(true)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		wantDelivery(t, body)
		if gone.Load() {
			w.WriteHeader(http.StatusGone)
		}
	}))
	t.Cleanup(receiver.Close)
	w := start(t, bots(bot("a", fmt.Sprintf("timing: {retry_delay: 1ms}, deliver: {webhook: {url: '%s', secret: {env: SIGNING}}}", receiver.URL))), nil)
	w.inject("a", "c1", "m1", "hi")
	stuck := w.await("a", func(b *client.Bot) bool { return b.Stuck != nil })
	if !strings.Contains(stuck.Stuck.Error, "410 Gone") || !strings.Contains(stuck.Stuck.Error, "reconnect the bot") {
		t.Errorf("stuck on %s", stuck.Stuck.Error)
	}
	w.awaitBuffered("a", 1)
	gone.Store(false)
	_, err := w.api.ReconnectBotWithResponse(background, "a")
	must(t, err)
	w.awaitBuffered("a", 0)
}

func TestABotWhoseReceiverIsDownSaysSoThoughItIsConnected(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(receiver.Close)
	w := start(t, bots(bot("a", fmt.Sprintf("deliver: {webhook: {url: '%s', secret: {env: SIGNING}}}", receiver.URL))), nil)
	d := w.await("a", func(b *client.Bot) bool { return b.State == client.BotStateReady }).Delivery
	if d.State != client.Delivering || d.Failures != 0 || d.Oldest != nil {
		t.Errorf("at first, the delivery is %+v", d)
	}
	for i := range 8 {
		w.inject("a", fmt.Sprint("c", i), fmt.Sprint("m", i), "hi")
	}
	down := w.await("a", func(b *client.Bot) bool {
		return b.Delivery.State == client.CircuitOpen && b.Delivery.Oldest != nil
	})
	d = down.Delivery
	if down.PlatformState != client.BotPlatformStateConnected || d.Error == nil || !strings.Contains(*d.Error, "502 Bad Gateway") ||
		d.Hint == nil || d.Since == nil || d.Failures < 5 || !d.Oldest.Before(*d.Since) {
		t.Errorf("the delivery is %+v", d)
	}
}
