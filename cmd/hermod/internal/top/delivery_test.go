package top

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"hermod/connector"
	"hermod/wire"
)

func TestTopShowsABotThatIsConnectedAndDoesNotDeliver(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(receiver.Close)
	secrets := []wire.Secret{gatewaySecret}
	c, err := connector.Start(connector.Config{Live: true, Gateways: map[string][]wire.Secret{"alerts": secrets, "support": secrets}})
	must(t, err)
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	path := filepath.Join(t.TempDir(), "hermod.yaml")
	must(t, os.WriteFile(filepath.Join(filepath.Dir(path), "signing"), []byte("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="), 0o600))
	must(t, os.WriteFile(path, fmt.Appendf(nil, "http: {listen: '127.0.0.1:0'}\n"+
		"defaults: {url: '%s', secret: {env: S}, identities: [{platform: discord, bot_id: b}]}\nbots:\n"+
		"  - {name: alerts, gateway_id: alerts, limits: {tries: 1}, "+ // so that nothing is under way at the end
		"deliver: {webhook: {url: '%s', secret: {file: signing}, retry_for: 1ms}}}\n"+
		"  - {name: support, gateway_id: support, deliver: {stream: {}}}\n", c.URL(), receiver.URL), 0o600))
	s := openTop(t, &client{base: "http://" + startDaemon(t, path), http: http.DefaultClient}, 100, 30)
	s.await(`2 connected`)
	for i := range 8 {
		_, err := c.Inject("alerts", fmt.Appendf(nil, `{"text":"hi","source":{"platform":"discord","chat_id":"c%d"}}`, i))
		must(t, err)
	}
	s.await(`▸ alerts +discord +▲ undelivered`)
	s.await(`● 2 connected  ▲ 1 undelivered`)
	s.await(`receiver down: the receiver answered 502 Bad Gateway.* ▸ events wait`)
	s.press("fffff")
	s.await(`only undelivered`)
	s.press(keyEnter)
	s.await(`▲ receiver down`)
	s.await(`(?s)delivery +receiver down \d+s.*oldest waits +none.*failures +\d+`)
}
