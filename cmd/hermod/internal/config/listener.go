package config

import (
	"crypto/tls"
	"io/fs"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// unixPrefix begins the address of a unix socket.
const unixPrefix = "unix:"

// maxSocketPath bounds the path of a socket in bytes; systems take about 104, and a socket is made beside its place.
const maxSocketPath = 88

// Listener is one address that the daemon serves.
type Listener struct {
	// Key names what asks for it in the file, for errors.
	Key string
	// Address is HOST:PORT, or for a unix socket unix: and an absolute path.
	Address string
	// Mode is the unix socket's.
	Mode fs.FileMode
	// TLS is nil for plain HTTP.
	TLS *ServerTLS
	// Open says that no token is asked for.
	Open bool
	// AnyHost says that an open listener serves requests for every host name, because strangers cannot reach it or the
	// file says so. The others serve loopback's names only.
	AnyHost bool
}

// SocketPath returns the path of a unix socket; false is a TCP address.
func (l Listener) SocketPath() (path string, is bool) {
	return strings.CutPrefix(l.Address, unixPrefix)
}

// ServerTLS describes HTTPS. Paths are absolute.
type ServerTLS struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// ClientCA makes clients show a certificate of one of its authorities; "" asks for none.
	ClientCA string `json:"client_ca"`

	// Config is ready to serve; it must not be changed. Expires is when the certificate does, and Clients tells one
	// content of ClientCA from another.
	Config  *tls.Config `json:"-"`
	Expires time.Time   `json:"-"`
	Clients Sum         `json:"-"`
}

func (t *ServerTLS) asksClients() bool { return t != nil && t.ClientCA != "" }

// Listener returns where the API is served, nil for nowhere.
func (h HTTP) Listener() *Listener {
	if h.Listen == Off {
		return nil
	}
	return &Listener{Key: "http.listen", Address: h.Listen, Mode: modeOf(h.SocketMode), TLS: h.TLS,
		Open: h.Auth == AuthOff, AnyHost: anyHost(h.Listen, h.TLS, h.Public)}
}

// Listener returns where metrics and probes are served besides, nil for nowhere.
func (m Metrics) Listener() *Listener {
	if m.Listen == Off {
		return nil
	}
	return &Listener{Key: "metrics.listen", Address: m.Listen, Mode: modeOf(m.SocketMode), TLS: m.TLS,
		Open: m.Auth == AuthOff, AnyHost: anyHost(m.Listen, m.TLS, m.Public)}
}

// anyHost trusts what no web page can have a browser do: use a unix socket, or a certificate for a foreign name.
func anyHost(listen string, t *ServerTLS, public bool) bool {
	return public || strings.HasPrefix(listen, unixPrefix) || t.asksClients()
}

// modeOf reads what the schema lets through.
func modeOf(text string) fs.FileMode {
	mode, _ := strconv.ParseUint(text, 8, 9)
	return fs.FileMode(mode)
}

// listening is what one section of the file says of a listener; check fills in the rest.
type listening struct {
	section   string
	listen    *string
	tls       *ServerTLS
	auth      *Auth
	public    *bool
	tokens    bool   // there are some
	everybody string // what everybody could do without one
}

func (c *checker) checkListener(l listening) {
	if *l.listen == Off {
		*l.auth = AuthOff
		return
	}
	local, ok := c.checkAddress(l)
	if !ok {
		return
	}
	c.checkServerTLS(l)
	closed := local || l.tls.asksClients()
	switch {
	case *l.auth == AuthRequired && !l.tokens, *l.auth == "" && !l.tokens && !closed:
		c.wrong("is reached from other machines, or asks for a token, but there is no token",
			"set http.token: {file: PATH}, listen on 127.0.0.1, or write auth: off to serve everybody", l.section)
	case *l.auth == "" && !l.tokens:
		*l.auth = AuthOff
	case *l.auth == "":
		*l.auth = AuthRequired
	case *l.auth == AuthOff && !closed:
		*l.public = true
		c.note("%s.auth is off: whoever reaches %s %s", l.section, *l.listen, l.everybody)
	}
	if *l.auth == AuthRequired && !local && l.tls == nil {
		c.note("%s.listen is reached from other machines, and tokens are sent unencrypted: set %s.tls, or listen on loopback behind a proxy that has TLS",
			l.section, l.section)
	}
}

// checkAddress says whether only this machine reaches the address.
func (c *checker) checkAddress(l listening) (local, ok bool) {
	if path, is := strings.CutPrefix(*l.listen, unixPrefix); is {
		path = filepath.Clean(c.absolute(path))
		if len(path) > maxSocketPath {
			c.wrong("is a path too long for a unix socket", "use at most "+strconv.Itoa(maxSocketPath)+" bytes, for example unix:/run/hermod/hermod.sock",
				l.section, "listen")
		}
		*l.listen = unixPrefix + path
		return true, len(path) <= maxSocketPath
	}
	host, port, err := net.SplitHostPort(*l.listen)
	if number, parseErr := strconv.ParseUint(port, 10, 16); err != nil || parseErr != nil || number > 65535 {
		c.wrong("is neither HOST:PORT nor unix:PATH", c.schema.example([]string{l.section, "listen"}, "write"), l.section, "listen")
		return false, false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback(), true
}
