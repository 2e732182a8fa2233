package downstream

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/config"
	"hermod/connector/limit"
	"hermod/wire"
)

const (
	// maxTransfers bounds the requests of one gateway to the connector's HTTP plane that are under way; more are refused.
	maxTransfers = 8
	// transferTime bounds one of them.
	transferTime = 5 * time.Minute
)

var errRedirected = errors.New("the connector answered with a redirect, which is not followed")

// plane passes a gateway's policy and media on to the connector, with the bot's own bearer instead of the gateway's.
func (s *Server) plane(gateway string, w http.ResponseWriter, r *http.Request) {
	var g *Gateway
	s.with(gateway, func(known *Gateway) { g = known })
	if g == nil {
		refuse(w, http.StatusServiceUnavailable, "the gateway's bot is not known here")
		return
	}
	select {
	case g.places <- struct{}{}:
		defer func() { <-g.places }()
	default:
		refuse(w, http.StatusServiceUnavailable, "too many requests of the gateway are under way, try again")
		return
	}
	g.mu.Lock()
	handle := g.handle
	g.mu.Unlock()
	var bot *config.Bot
	if handle != nil {
		bot = handle.Config()
	}
	if bot == nil {
		refuse(w, http.StatusServiceUnavailable, "the gateway's bot is not running")
		return
	}
	g.forward(bot, w, r)
}

// forward asks the bot's connector.
func (g *Gateway) forward(bot *config.Bot, w http.ResponseWriter, r *http.Request) {
	relay, err := bot.Relay()
	base, baseErr := wire.BaseURL(bot.URL)
	target, urlErr := url.Parse(base)
	if err = errors.Join(err, baseErr, urlErr); err != nil {
		refuse(w, http.StatusBadGateway, "the connector's HTTP plane cannot be asked")
		return
	}
	limit.Trust(r)
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(transferTime))
	_ = control.SetWriteDeadline(time.Now().Add(transferTime))
	r.Body = http.MaxBytesReader(w, r.Body, wire.MaxMedia)
	proxy := &httputil.ReverseProxy{
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: relay.TLS.ClientConfig(),
			TLSHandshakeTimeout: relay.DialTimeout, ResponseHeaderTimeout: transferTime, DisableKeepAlives: true},
		ErrorLog:       slog.NewLogLogger(g.log.Handler(), slog.LevelDebug),
		Rewrite:        func(p *httputil.ProxyRequest) { readdressTo(target, bot, p) },
		ModifyResponse: refuseRedirects,
		ErrorHandler:   func(w http.ResponseWriter, r *http.Request, err error) { g.unanswered(w, r, err) },
	}
	proxy.ServeHTTP(w, r)
}

// readdressTo has a request go to the connector, with the bot's bearer.
func readdressTo(target *url.URL, bot *config.Bot, p *httputil.ProxyRequest) {
	p.SetURL(target)
	p.Out.Header.Del("Authorization")
	p.Out.Header.Del("Cookie")
	if secret := bot.Secret.Reveal(); bot.GatewayID != "" && secret != "" {
		p.Out.Header.Set("Authorization", "Bearer "+wire.MintToken(bot.GatewayID, secret, wire.TokenTTL, time.Now()))
	}
}

// refuseRedirects keeps a gateway from following one with its bearer.
func refuseRedirects(answer *http.Response) error {
	if answer.StatusCode/100 == 3 && answer.StatusCode != http.StatusNotModified {
		return errRedirected
	}
	return nil
}

// unanswered tells the gateway that the connector gave no answer to pass on.
func (g *Gateway) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		refuse(w, http.StatusRequestEntityTooLarge, "the file is larger than 25 MiB")
		return
	}
	g.log.Warn("the connector's HTTP plane did not answer the gateway", "path", r.URL.Path, "err", err)
	refuse(w, http.StatusBadGateway, "the connector did not answer")
}

func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": text})
}
