package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	json "github.com/goccy/go-json"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"hermod/connector"
)

// signingSecret is that of the webhooks in tests.
const signingSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// webhookReceiver verifies and notes what it is sent; hang says which texts it does not answer.
type webhookReceiver struct {
	*httptest.Server
	got chan webhookPost
}

type webhookPost struct{ id, text string }

func receiveWebhooks(t *testing.T, hang func(text string) bool) *webhookReceiver {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhook(signingSecret)
	must(t, err)
	r := &webhookReceiver{got: make(chan webhookPost, 1000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		if err := verifier.Verify(body, request.Header); err != nil {
			t.Errorf("a delivery that is not signed well: %v", err)
		}
		var record struct{ Event struct{ Text string } }
		if err := json.Unmarshal(body, &record); err != nil {
			t.Errorf("body %s: %v", body, err)
		}
		r.got <- webhookPost{request.Header.Get("Webhook-Id"), record.Event.Text}
		if hang(record.Event.Text) {
			<-request.Context().Done()
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *webhookReceiver) next(t *testing.T) webhookPost {
	t.Helper()
	select {
	case post := <-r.got:
		return post
	case <-time.After(patience):
		t.Fatal("nothing was posted")
		return webhookPost{}
	}
}

// webhookFile is a configuration with one bot that posts to a receiver.
func webhookFile(t *testing.T, c *connector.Connector, url string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hermod.yaml")
	must(t, os.WriteFile(path, fmt.Appendf(nil, "bots: [{name: a, url: '%s', gateway_id: g1, secret: {env: S}, identities: [{platform: discord}], "+
		"deliver: {webhook: {url: '%s', secret: {env: W}}}}]\n", c.URL(), url), 0o600))
	return path
}

func TestAKillDuringWebhookDeliveryLosesNothingAndARepeatHasItsID(t *testing.T) {
	const count, chats, hanging = 60, 6, "30"
	c := serve(t, func(cfg *connector.Config) { cfg.Window = 64 })
	hang := make(chan struct{}) // closed when the receiver works again
	r := receiveWebhooks(t, func(text string) bool {
		select {
		case <-hang:
			return false
		default:
			return text == hanging
		}
	})
	for i := range count {
		_, err := c.Inject("g1", fmt.Appendf(nil, `{"text":"%d","message_id":"m%d","source":{"platform":"discord","chat_id":"c%d"}}`, i, i, i%chats))
		must(t, err)
	}
	environment := []string{"S=" + gatewaySecret.Reveal(), "W=" + signingSecret}
	path := webhookFile(t, c, r.URL)

	d := startDaemon(t, environment, "--config", path)
	posts := make(map[string]string) // id by text
	var inFlight webhookPost
	for inFlight.text != hanging {
		inFlight = r.next(t)
		posts[inFlight.text] = inFlight.id
	}
	d.signal(syscall.SIGKILL)
	_ = d.cmd.Wait()
	if kept := c.State()["g1"].Buffered; kept == 0 {
		t.Fatal("the delivery in flight was acknowledged")
	}
	close(hang)

	d = startDaemon(t, environment, "--config", path)
	repeated := false
	for len(posts) < count || !repeated {
		post := r.next(t)
		if id, known := posts[post.text]; known && id != post.id {
			t.Errorf("the repeat of %s has the id %s, was %s", post.text, post.id, id)
		}
		posts[post.text] = post.id
		repeated = repeated || post == inFlight
	}
	for limit := time.Now().Add(patience); c.State()["g1"].Buffered > 0; {
		if time.Now().After(limit) {
			t.Fatalf("%d deliveries stay unacknowledged", c.State()["g1"].Buffered)
		}
		<-time.After(time.Millisecond)
	}
	ids := make(map[string]bool)
	for _, id := range posts {
		ids[id] = true
	}
	if len(ids) != count {
		t.Errorf("%d events have %d ids", count, len(ids))
	}
	d.signal(syscall.SIGTERM)
	d.wantExit(0)
}
