package check

import (
	"io"
	"net/http"
	"strings"
	"time"

	"hermod/wire"
)

// boot asks for what a gateway asks for before it dials.
func (g *fakeGateway) boot() {
	identity, token := "Bearer the owner", "Bearer "+wire.MintToken("g:1", fakeSecret, wire.TokenTTL, time.Now())
	if g.fault == "enrols without an identity token" {
		identity = ""
	}
	g.post(wire.EnrollPath, identity,
		wire.AppendEnrollRequest(nil, wire.EnrollRequest{EnrollmentToken: oneTimeToken, GatewayID: "g:1"}))
	registration := string(wire.AppendRegistration(nil, wire.Registration{GatewayID: "g:1", Platform: "telegram", BotID: "b1",
		WakeURL: "http://wake/g", DisplayName: "A bot"}))
	if g.fault == "has a display name of 100 characters" {
		registration = strings.Replace(registration, "A bot", strings.Repeat("x", 100), 1)
	}
	g.post(wire.ProvisionPath, token, []byte(registration))
	if g.fault == "declares a policy without a token" {
		token = ""
	}
	g.post(wire.PolicyPath, token, wire.AppendRelevancePolicy(nil, wire.RelevancePolicy{Platform: "telegram"}))
}

func (g *fakeGateway) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: g.dial, DisableKeepAlives: true}}
}

func (g *fakeGateway) post(path, authorization string, body []byte) {
	request, err := http.NewRequestWithContext(g.ctx, http.MethodPost, "http://memory"+path, strings.NewReader(string(body)))
	if err != nil {
		return
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	g.do(g.client(), request)
}

func (g *fakeGateway) do(client *http.Client, request *http.Request) {
	if response, err := client.Do(request); err == nil {
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
}

// download reads the files of an event.
func (g *fakeGateway) download(event frame) {
	files, _ := event.words("media_urls")
	for _, file := range files {
		request, err := http.NewRequestWithContext(g.ctx, http.MethodGet, file, nil)
		if err != nil {
			continue
		}
		token := "Bearer " + wire.MintToken("g:1", fakeSecret, wire.TokenTTL, time.Now())
		own := strings.HasPrefix(file, "http://memory"+wire.MediaPath)
		if own && g.fault != "downloads without a token" || g.fault == "gives its token away" {
			request.Header.Set("Authorization", token)
		}
		client := g.client()
		client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
			r.Header.Del("Authorization")
			return nil
		}
		g.do(client, request)
	}
}

// serveWakes answers the gateway's wake URL.
func (g *fakeGateway) serveWakes() *http.Server {
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.fault == "wants wakes to be signed" && r.Header.Get(wire.DeliverySignatureHeader) == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})}
	g.work.Go(func() { _ = server.Serve(g.wakes) })
	return server
}
