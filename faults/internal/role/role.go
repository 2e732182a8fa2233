package role

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"hermod/faults/internal/journal"
)

// Config says what a process of the lab is; it is passed as JSON in an argument.
type Config struct {
	Role    string `json:"role"`
	Name    string `json:"name"`
	Journal string `json:"journal"`

	Listen    string            `json:"listen,omitempty"`     // connector, receiver
	ListenTLS string            `json:"listen_tls,omitempty"` // connector
	Folder    string            `json:"folder,omitempty"`     // connector
	Gateways  map[string]string `json:"gateways,omitempty"`   // connector: the files of secrets
	Cert      string            `json:"cert,omitempty"`
	Key       string            `json:"key,omitempty"`

	URL       string `json:"url,omitempty"` // gateway: what it dials; receiver: the daemon's API
	GatewayID string `json:"gateway_id,omitempty"`
	Secret    string `json:"secret,omitempty"` // the file of it
	Platform  string `json:"platform,omitempty"`
	BotID     string `json:"bot_id,omitempty"`
	CA        string `json:"ca,omitempty"`
	Tight     bool   `json:"tight,omitempty"` // see MaxQueued
}

// Timing of every relay of the lab, so that a fault takes effect within a second.
const (
	Backoff         = 40 * time.Millisecond
	MaxBackoff      = 200 * time.Millisecond
	PingInterval    = 300 * time.Millisecond
	PongTimeout     = 600 * time.Millisecond
	OutboundTimeout = 1500 * time.Millisecond
	RetryDelay      = 20 * time.Millisecond
	DialTimeout     = 1500 * time.Millisecond // and of the handshake
)

// Bounds of relays that are tight.
const (
	MaxQueued   = 6
	MaxHandlers = 2
)

var errRole = errors.New("there is no such role")

// Run is the life of a process that argument describes.
func Run(argument string) error {
	var c Config
	if err := json.Unmarshal([]byte(argument), &c); err != nil {
		return fmt.Errorf("read the role: %w", err)
	}
	notes, err := journal.Open(c.Journal, c.Name)
	if err != nil {
		return err
	}
	switch c.Role {
	case "connector":
		return c.connector(notes)
	case "gateway":
		return c.gateway(notes)
	case "receiver":
		return c.receiver(notes)
	case "etcd":
		return c.etcd()
	case "child":
		return c.child(notes)
	}
	return fmt.Errorf("%w: %s", errRole, c.Role)
}

// ready tells the world that the process can be used.
func ready() { fmt.Fprintln(os.Stdout, "ready") }
