package connector

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// maxRequest bounds a control request's body: a payload and its envelope.
const maxRequest = MaxPayload + 4<<10

// request is the body of every control request; each route reads its own fields.
type request struct {
	Gateway    string          `json:"gateway"`
	Event      json.RawMessage `json:"event"`
	Forward    json.RawMessage `json:"forward"`
	SessionKey string          `json:"session_key"`
	ChatID     string          `json:"chat_id"`
	Code       *int            `json:"code"`
	Reason     string          `json:"reason"`
	BufferID   string          `json:"bufferId"`
	All        bool            `json:"all"`
}

// errBadRequest marks a mistake of the control API's caller.
var errBadRequest = errors.New("bad request")

// postFunc answers a control request.
type postFunc = func(r *http.Request, body *request) (any, error)

// controlAPI serves /dev/. Its caller is a program on this machine: a browser's page, which sends
// an Origin or reaches loopback under a foreign name, is refused.
func (c *Connector) controlAPI() http.Handler {
	mux := http.NewServeMux()
	post := func(path string, do postFunc) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			c.answerPost(w, r, do)
		})
	}
	post("/dev/inbound", func(_ *http.Request, b *request) (any, error) {
		return deliveryAnswer(c.Inject(b.Gateway, b.Event))
	})
	post("/dev/passthrough", func(_ *http.Request, b *request) (any, error) {
		return deliveryAnswer(c.Passthrough(b.Gateway, b.Forward))
	})
	post("/dev/interrupt", func(_ *http.Request, b *request) (any, error) {
		return okAnswer(c.Interrupt(b.Gateway, wire.InterruptInbound{SessionKey: b.SessionKey, ChatID: b.ChatID}))
	})
	post("/dev/close", func(_ *http.Request, b *request) (any, error) {
		if b.Code == nil {
			return nil, fmt.Errorf(`%w: "code" is missing`, errBadRequest)
		}
		return okAnswer(c.CloseSession(b.Gateway, *b.Code, b.Reason))
	})
	post("/dev/revoke", func(_ *http.Request, b *request) (any, error) { return okAnswer(c.Revoke(b.Gateway)) })
	post("/dev/restore", func(_ *http.Request, b *request) (any, error) { return okAnswer(c.Restore(b.Gateway)) })
	post("/dev/cut", func(_ *http.Request, b *request) (any, error) { return okAnswer(c.Cut(b.Gateway)) })
	post("/dev/wake", func(r *http.Request, b *request) (any, error) {
		return okAnswer(c.Wake(r.Context(), b.Gateway))
	})
	c.asideAPI(mux, post)
	mux.HandleFunc("/dev/outbound", c.answerOutbound)
	mux.HandleFunc("/dev/state", c.answerState)
	mux.HandleFunc("/dev/boot", c.answerBoot)
	mux.HandleFunc("/dev/media", c.storeForDev)
	mux.HandleFunc("GET /dev/media/{id}", func(w http.ResponseWriter, r *http.Request) { c.serveMedia(w, r, "") })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusNotFound, "no such route")
	})
	return c.guard(mux)
}

// guard refuses foreign callers and registers the others, so that Close waits for them.
func (c *Connector) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopbackHost(r.Host) {
			writeError(w, http.StatusForbidden, "the control API is reached as localhost only")
			return
		}
		if len(r.Header.Values("Origin")) > 0 || isOfPage(r.Header.Get("Sec-Fetch-Site")) {
			writeError(w, http.StatusForbidden, "the control API takes no request from a web page")
			return
		}
		if !c.begin() {
			writeFailure(w, ErrClosed)
			return
		}
		defer c.work.Done()
		next.ServeHTTP(w, r)
	})
}

// isOfPage recognises a page's request that has no Origin. An address that was typed is nobody's.
func isOfPage(fetchSite string) bool { return fetchSite != "" && fetchSite != "none" }

// isLoopbackHost accepts localhost and loopback addresses, with or without a port.
func isLoopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

func (c *Connector) answerPost(w http.ResponseWriter, r *http.Request, do func(*http.Request, *request) (any, error)) {
	if !allow(w, r, http.MethodPost) {
		return
	}
	raw, err := readBody(w, r, maxRequest)
	if err != nil {
		writeFailure(w, err)
		return
	}
	var body request
	if err := decodeObject(raw, &body); err != nil {
		writeFailure(w, err)
		return
	}
	answer, err := do(r, &body)
	if err != nil {
		writeFailure(w, err)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// decodeObject accepts one JSON object and nothing after it.
func decodeObject(raw []byte, into *request) error {
	if !isObject(raw) {
		return fmt.Errorf("%w: the body is not one JSON object", errBadRequest)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%w: a field has the wrong type", errBadRequest)
	}
	return nil
}

func (c *Connector) answerOutbound(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet) {
		return
	}
	since := uint64(0)
	if text := r.URL.Query().Get("since"); text != "" {
		var err error
		if since, err = strconv.ParseUint(text, 10, 64); err != nil {
			writeError(w, http.StatusBadRequest, "since is not a number from 0")
			return
		}
	}
	writeJSON(w, http.StatusOK, c.Outbound(since))
}

func (c *Connector) answerState(w http.ResponseWriter, r *http.Request) {
	if allow(w, r, http.MethodGet) {
		writeJSON(w, http.StatusOK, map[string]any{"gateways": c.State()})
	}
}

// allow answers 405 to any other method.
func allow(w http.ResponseWriter, r *http.Request, method string) bool {
	if r.Method == method {
		return true
	}
	w.Header().Set("Allow", method)
	writeError(w, http.StatusMethodNotAllowed, "use "+method)
	return false
}

func deliveryAnswer(d Delivery, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	if d.Live {
		return map[string]string{"delivery": "live"}, nil
	}
	return map[string]string{"delivery": "buffered", "bufferId": d.BufferID}, nil
}

func okAnswer(err error) (any, error) { return map[string]bool{"ok": true}, err }

// writeFailure answers with the status for the error's type.
func writeFailure(w http.ResponseWriter, err error) {
	var config *wire.ConfigError
	var tooLarge *wire.FrameTooLargeError
	var body *wire.BodyError
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, errBadRequest), errors.Is(err, ErrNotObject), errors.Is(err, ErrGatewayNeeded),
		errors.As(err, &config), errors.As(err, &body), errors.Is(err, ErrMediaEmpty):
		status = http.StatusBadRequest
	case errors.Is(err, errUnauthorized):
		status = http.StatusUnauthorized
	case errors.Is(err, errForbidden), errors.Is(err, ErrTenantFull), errors.Is(err, ErrWakeForbidden):
		status = http.StatusForbidden
	case errors.Is(err, ErrUnknownGateway), errors.Is(err, ErrNoMedia), errors.Is(err, ErrNotSetAside):
		status = http.StatusNotFound
	case errors.Is(err, ErrNotConnected), errors.Is(err, ErrNoWakeURL):
		status = http.StatusConflict
	case errors.As(err, &tooLarge), errors.Is(err, ErrTooLargeForGateway),
		errors.Is(err, ErrMediaTooLarge), errors.Is(err, ErrAccountTooLarge):
		status = http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrBufferFull), errors.Is(err, ErrBacklog), errors.Is(err, ErrClosed),
		errors.Is(err, ErrTooManyGateways), errors.Is(err, ErrMediaBusy), errors.Is(err, errMoving):
		status = http.StatusServiceUnavailable
	case isDiskFull(err):
		status = http.StatusInsufficientStorage
	case errors.Is(err, ErrWakeFailed):
		status = http.StatusBadGateway
	}
	writeError(w, status, err.Error())
}

func writeError(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"error": text})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"the answer could not be encoded"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+1)) // the answer is complete though the request may not be
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
