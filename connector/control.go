package connector

import (
	"bytes"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
	json "github.com/goccy/go-json"

	"hermod/wire"
)

// Delivery says what happened to an injected event or forward. If Live, it was given to the session,
// and will be buffered if its write fails. Otherwise it is on disk as BufferID.
type Delivery struct {
	Live     bool
	BufferID string
}

// GatewayState is a gateway's condition at one moment.
type GatewayState struct {
	// Connected: a session is attached and has said hello.
	Connected bool `json:"connected"`
	// Buffered counts the deliveries that were not acknowledged yet, those in flight included.
	Buffered int `json:"buffered"`
	// BufferedBytes are those of their payloads. Oldest is since when the first of them waits, or since the connector
	// started; zero when none does.
	BufferedBytes int       `json:"-"`
	Oldest        time.Time `json:"-"`
	// SetAside counts the deliveries that the gateway could not take; see Connector.SetAside.
	SetAside int  `json:"setAside"`
	Idle     bool `json:"idle"`
	Revoked  bool `json:"revoked"`
	// Identities are those of the last session's hellos, in order, never nil.
	Identities []IdentityState `json:"identities"`
	// Commands are those that hellos of the last session declared, the first 256 KiB; the last hello with any counts.
	Commands []CommandState `json:"commands,omitempty"`
}

// Inject delivers an event, one JSON object of at most MaxPayload bytes, to the gateway; "" is the only
// gateway. It returns when the event was given to the session or is on disk, and never waits for the
// gateway. Events of one gateway keep the order of their calls. Errors: ErrNotObject,
// *wire.FrameTooLargeError, ErrUnknownGateway, ErrGatewayNeeded, ErrBufferFull, ErrClosed, and errors
// of the disk.
func (c *Connector) Inject(gateway string, event json.RawMessage) (Delivery, error) {
	return c.deliver(gateway, kindInbound, event)
}

// Passthrough delivers a forward object in the way Inject delivers an event.
func (c *Connector) Passthrough(gateway string, forward json.RawMessage) (Delivery, error) {
	return c.deliver(gateway, kindPassthrough, forward)
}

func (c *Connector) deliver(id string, k kind, raw json.RawMessage) (Delivery, error) {
	g, err := c.gateway(id)
	if err != nil {
		return Delivery{}, err
	}
	if !c.isConfigured(g.id) {
		return Delivery{}, fmt.Errorf("%w %q: it has no credentials any more", ErrUnknownGateway, g.id)
	}
	payload, err := onOneLine(raw)
	if err != nil {
		return Delivery{}, err
	}
	return g.deliver(k, payload)
}

// onOneLine checks a payload and returns a copy without the line ends that would break its frame.
func onOneLine(raw []byte) ([]byte, error) {
	if len(raw) > MaxPayload {
		return nil, &wire.FrameTooLargeError{Limit: MaxPayload}
	}
	if !isObject(raw) {
		return nil, ErrNotObject
	}
	var line bytes.Buffer
	if err := json.Compact(&line, raw); err != nil {
		return nil, ErrNotObject
	}
	return line.Bytes(), nil
}

func isObject(raw []byte) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '{' && utf8.Valid(raw) && json.Valid(raw)
}

// Interrupt sends interrupt_inbound to the live session; it is never buffered. Errors: ErrNotConnected,
// ErrBacklog and those of Inject for the gateway's id.
func (c *Connector) Interrupt(gateway string, i wire.InterruptInbound) error {
	g, err := c.gateway(gateway)
	if err != nil {
		return err
	}
	return g.interrupt(i)
}

// CloseSession writes what is queued for the live session, closes it with the code and the reason, and
// returns when the next session may attach. Errors: *wire.ConfigError for a code or reason that no
// close frame may carry, ErrNotConnected and those of Inject for the gateway's id.
func (c *Connector) CloseSession(gateway string, code int, reason string) error {
	if err := checkCloseCode(code, reason); err != nil {
		return err
	}
	return c.endSession(gateway, ending{how: endFlush, code: ws.StatusCode(code), reason: reason})
}

// Cut drops the live session's connection in the middle of a frame, without a close frame. Live
// deliveries that were not written are buffered. Errors: ErrNotConnected and those of Inject for the
// gateway's id.
func (c *Connector) Cut(gateway string) error {
	return c.endSession(gateway, ending{how: endCut, reason: "cut"})
}

func (c *Connector) endSession(gateway string, e ending) error {
	g, err := c.gateway(gateway)
	if err != nil {
		return err
	}
	return g.end(e)
}

// Revoke ends the gateway's session with 4401 "unauthorized" and refuses it in the same way until
// Restore, even after a restart. Deliveries are buffered meanwhile.
func (c *Connector) Revoke(gateway string) error { return c.setRevoked(gateway, true) }

// Restore lets a revoked gateway connect again.
func (c *Connector) Restore(gateway string) error { return c.setRevoked(gateway, false) }

func (c *Connector) setRevoked(gateway string, revoked bool) error {
	g, err := c.gateway(gateway)
	if err != nil {
		return err
	}
	return g.setRevoked(revoked)
}

// State returns the condition of every gateway by id, and of those without credentials for which something waits.
func (c *Connector) State() map[string]GatewayState {
	states := make(map[string]GatewayState)
	for _, g := range c.all() {
		if s := g.state(); s.Connected || s.Buffered+s.SetAside > 0 || c.isConfigured(g.id) {
			states[g.id] = s
		}
	}
	return states
}

// gateway finds a gateway; "" means the only one.
func (c *Connector) gateway(id string) (*gateway, error) {
	if id == "" {
		var err error
		if id, err = c.onlyGateway(); err != nil {
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return nil, ErrClosed
	}
	g := c.gateways[id]
	if g == nil {
		return nil, fmt.Errorf("%w %q", ErrUnknownGateway, id)
	}
	return g, nil
}

func (c *Connector) onlyGateway() (string, error) {
	if !c.authenticates {
		return DefaultGateway, nil
	}
	ids := c.accounts.ids()
	switch len(ids) {
	case 0:
		return "", fmt.Errorf("%w: none has been provisioned yet", ErrUnknownGateway)
	case 1:
		return ids[0], nil
	}
	return "", ErrGatewayNeeded
}

// checkCloseCode reports a code or reason that RFC 6455 does not allow in close frames.
func checkCloseCode(code int, reason string) error {
	switch {
	case code < 1000 || code > 4999, code == 1004, code == 1005, code == 1006, code > 1014 && code < 3000:
		return &wire.ConfigError{Field: "code", Reason: fmt.Sprintf("%d may not be sent; use 1000-1003, 1007-1014 or 3000-4999", code)}
	case len(reason) > ws.MaxControlFramePayloadSize-2:
		return &wire.ConfigError{Field: "reason", Reason: "longer than 123 bytes"}
	case !utf8.ValidString(reason):
		return &wire.ConfigError{Field: "reason", Reason: "not UTF-8"}
	}
	return nil
}
