package api_test

import (
	"net/http"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/api/client"
)

func TestAChatIsFoundWhateverItsNameHasOfSlashes(t *testing.T) {
	w := start(t, bots(bot("a", streamed)), nil)
	w.awaitState("a", client.BotStateReady)
	for path, name := range map[string]string{"c1": "c1", "%2F": "/", "%2f": "/", "%2F%2F": "//", "a%2Fb": "a/b", "%252F": "%2F"} {
		response, body := w.do(http.MethodGet, "/v1/bots/a/chats/"+path+"?platform=telegram", "")
		if response.StatusCode != http.StatusOK || !strings.Contains(body, `"name":"`+name+`"`) {
			t.Errorf("%s: %d %s, want the chat %q", path, response.StatusCode, body, name)
		}
	}
	for path, want := range map[string]int{"/v1/bots/a/chats/": http.StatusNotFound, "/v1/bots/b/chats/%2F": http.StatusNotFound} {
		if response, body := w.do(http.MethodGet, path, ""); response.StatusCode != want {
			t.Errorf("%s: %d %s", path, response.StatusCode, body)
		}
	}
	if response, _ := w.do(http.MethodPost, "/v1/bots/a/chats/%2F", ""); response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", response.StatusCode)
	}
}
