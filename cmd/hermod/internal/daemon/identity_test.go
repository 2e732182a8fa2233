package daemon

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"hermod/cmd/hermod/internal/config"
)

func TestABotsIdentityIsAskedOfItsProvider(t *testing.T) {
	idp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("client_id") != "c1" || r.FormValue("client_secret") != "s1" {
			http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"access_token":"fresh"}`))
	}))
	defer idp.Close()
	provider := &config.IdentityProvider{TokenURL: idp.URL, ClientID: "c1", ClientSecret: &config.Secret{Value: "s1"}}
	bot := &config.Bot{IdentityProvider: provider}
	token, err := identityOf(bot)(t.Context())
	if err != nil || token.Reveal() != "fresh" {
		t.Errorf("got a token of %d bytes, %v", len(token.Reveal()), err)
	}
	provider.ClientSecret = &config.Secret{File: "/nowhere/secret"}
	if _, err := identityOf(bot)(t.Context()); err == nil {
		t.Error("a secret that cannot be read proves something")
	}
	if identityOf(&config.Bot{}) != nil {
		t.Error("a bot without identity has one")
	}
}
