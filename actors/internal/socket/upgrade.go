package socket

import (
	"bytes"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// Upgrade is the client's half of an opening handshake (RFC 6455 §4.1). It waits for nothing, which ws.Dialer would:
// whoever has the connection writes what AppendRequest made, and gives Take what he reads. It also compares the clocks
// by the answer's Date, whether the upgrade was refused or not, since a token that is refused as expired may be due to
// them. The zero value is ready for one handshake.
type Upgrade struct {
	// Skew is by how much the connector's clock is ahead, negative if it is behind; 0 while that is not known.
	Skew time.Duration

	key   [24]byte // what the answer has to prove that it has seen
	held  []byte   // the begin of a line, whose end has not come yet
	taken int      // bytes of whole lines
	began bool     // the status line has come
	ended bool     // an empty line has
	dated bool     // a Date has
	seen  upgradeHeader
	err   error // why the answer is no upgrade
}

// upgradeHeader is a set of the headers that an answer must have.
type upgradeHeader uint8

const (
	upgradeSeen upgradeHeader = 1 << iota
	connectionSeen
	acceptSeen
)

// maxAnswer is how many bytes of an answer to an upgrade are taken: a header without end must not be kept.
const maxAnswer = 64 << 10

var errLongAnswer = errors.New("the answer to the upgrade has no end within 64 KiB")

// UpgradeTo returns the begin of all requests to upgrade a connection to a URL.
func UpgradeTo(u *url.URL) string {
	return "GET " + u.RequestURI() + " HTTP/1.1\r\nHost: " + u.Host + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
}

// AppendRequest appends a request that begins as UpgradeTo says, with more headers, each of which ends its line.
func (u *Upgrade) AppendRequest(dst []byte, begin, headers string) []byte {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails
	base64.StdEncoding.Encode(u.key[:], nonce[:])
	dst = append(append(dst, begin...), u.key[:]...)
	dst = append(append(dst, "\r\n"...), headers...)
	return append(dst, "\r\n"...)
}

// Take takes a piece of the answer, which came at now. done says that the answer is whole; early is what follows it, in
// data or in memory of its own. The error is a ws.StatusError if the connector refuses; its answer need not be whole.
func (u *Upgrade) Take(data []byte, now time.Time) (early []byte, done bool, err error) {
	if len(u.held) > 0 {
		u.held = append(u.held, data...)
		data = u.held
	}
	for !u.ended {
		line, after, whole := bytes.Cut(data, []byte("\n"))
		if !whole {
			break
		}
		u.taken += len(data) - len(after)
		data = after
		u.line(bytes.TrimSuffix(line, []byte("\r")), now)
	}
	switch {
	case u.err != nil:
		return nil, false, u.err
	case u.ended:
		return data, true, nil
	case u.taken+len(data) >= maxAnswer:
		return nil, false, errLongAnswer
	}
	u.held = append(u.held[:0], data...)
	return nil, false, nil
}

// line takes a line of the header. Of a refused upgrade only the Date is of interest.
func (u *Upgrade) line(line []byte, now time.Time) {
	switch {
	case !u.began:
		u.began = true
		u.err = statusOf(line)
	case len(line) == 0:
		u.ended = true
		if u.err == nil {
			u.err = u.missing()
		}
	default:
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok && u.err == nil {
			u.err = ws.ErrMalformedResponse
		}
		u.header(bytes.TrimSpace(name), bytes.TrimSpace(value), now)
	}
}

// statusOf returns nil for the status line of an upgrade.
func statusOf(line []byte) error {
	version, rest, _ := bytes.Cut(line, []byte(" "))
	code, _, _ := bytes.Cut(rest, []byte(" "))
	major, minor, ok := http.ParseHTTPVersion(string(version))
	status, err := strconv.Atoi(string(code))
	switch {
	case !ok, err != nil:
		return ws.ErrMalformedResponse
	case major != 1 || minor < 1:
		return ws.ErrHandshakeBadProtocol
	case status != http.StatusSwitchingProtocols:
		return ws.StatusError(status)
	}
	return nil
}

func (u *Upgrade) header(name, value []byte, now time.Time) {
	is := func(known string) bool { return bytes.EqualFold(name, []byte(known)) }
	switch {
	case is("Date"):
		u.compareClocks(value, now)
	case u.err != nil:
	case is("Upgrade"):
		u.see(upgradeSeen, bytes.EqualFold(value, []byte("websocket")), ws.ErrHandshakeBadUpgrade)
	case is("Connection"):
		u.see(connectionSeen, bytes.EqualFold(value, []byte("Upgrade")), ws.ErrHandshakeBadConnection)
	case is("Sec-WebSocket-Accept"):
		u.see(acceptSeen, u.proves(value), ws.ErrHandshakeBadSecAccept)
	case is("Sec-WebSocket-Protocol"): // nobody offered any
		u.err = ws.ErrHandshakeBadSubProtocol
	case is("Sec-WebSocket-Extensions") && len(value) > 0: // nor these
		u.err = ws.ErrHandshakeBadExtensions
	}
}

func (u *Upgrade) see(header upgradeHeader, good bool, otherwise error) {
	u.seen |= header
	if !good {
		u.err = otherwise
	}
}

// missing says which header an answer has not that is whole.
func (u *Upgrade) missing() error {
	switch {
	case u.seen&upgradeSeen == 0:
		return ws.ErrHandshakeBadUpgrade
	case u.seen&connectionSeen == 0:
		return ws.ErrHandshakeBadConnection
	case u.seen&acceptSeen == 0:
		return ws.ErrHandshakeBadSecAccept
	}
	return nil
}

// proves says that whoever sent this Sec-WebSocket-Accept has seen the key.
func (u *Upgrade) proves(accept []byte) bool {
	const salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
	var salted [len(u.key) + len(salt)]byte
	copy(salted[copy(salted[:], u.key[:]):], salt)
	sum := sha1.Sum(salted[:])
	var want [28]byte
	base64.StdEncoding.Encode(want[:], sum[:])
	return bytes.Equal(accept, want[:])
}

func (u *Upgrade) compareClocks(value []byte, now time.Time) {
	if u.dated {
		return
	}
	u.dated = true
	if date, err := http.ParseTime(string(value)); err == nil {
		u.Skew = date.Add(time.Second / 2).Sub(now) // it has whole seconds, rounded down
	}
}

// answerSize is as much as most answers to an upgrade need.
const answerSize = 4 << 10

var answerBuffers = sync.Pool{New: func() any { return new([answerSize]byte) }}

// Over makes the handshake over a connection, and returns what came along with the answer. It waits as long as the
// connection does.
func (u *Upgrade) Over(conn io.ReadWriter, begin, headers string) (early []byte, err error) {
	buffer := answerBuffers.Get().(*[answerSize]byte)
	defer answerBuffers.Put(buffer)
	if _, err := conn.Write(u.AppendRequest(buffer[:0], begin, headers)); err != nil {
		return nil, err
	}
	for {
		n, err := conn.Read(buffer[:])
		early, done, wrong := u.Take(buffer[:n], time.Now())
		switch {
		case done, wrong != nil:
			return bytes.Clone(early), wrong
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		case n == 0:
			return nil, io.ErrNoProgress
		}
	}
}
