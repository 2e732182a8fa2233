package socket_test

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/gobwas/ws"

	"hermod/actors/internal/socket"
)

// script answers a request to upgrade: ACCEPT stands for what proves that the key was seen.
type script struct {
	answer  string
	request *http.Request
	rest    io.Reader
}

// Write implements io.Writer.
func (s *script) Write(request []byte) (int, error) {
	var err error
	if s.request, err = http.ReadRequest(newBufio(request)); err != nil {
		return 0, err
	}
	sum := sha1.Sum([]byte(s.request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	s.rest = strings.NewReader(strings.ReplaceAll(s.answer, "ACCEPT", base64.StdEncoding.EncodeToString(sum[:])))
	return len(request), nil
}

// Read implements io.Reader.
func (s *script) Read(into []byte) (int, error) { return s.rest.Read(into) }

const (
	switching = "HTTP/1.1 101 Switching Protocols\r\n"
	upgrading = switching + "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	proven    = upgrading + "Sec-WebSocket-Accept: ACCEPT\r\n"
)

var upgradeAnswers = map[string]string{
	"good":                        proven + "\r\n",
	"good, in other letters":      "HTTP/1.1 101 x\nuPgRaDe:WebSocket \nCONNECTION: upgrade\nsec-websocket-accept:  ACCEPT\n\n",
	"good, with more":             proven + "Server: x\r\nX: : y\r\n\r\n",
	"good, with frames behind":    proven + "\r\n\x81\x02{}\r\n",
	"good, of a later version":    strings.Replace(proven, "1.1", "1.2", 1) + "\r\n",
	"no status":                   "\r\n",
	"not HTTP":                    "SSH-2.0-x\r\n\r\n",
	"an odd status":               "HTTP/1.1 abc\r\n\r\n",
	"an old version":              "HTTP/1.0 101 Switching\r\n\r\n",
	"a version of the future":     "HTTP/2.1 101 Switching\r\n\r\n",
	"refused":                     "HTTP/1.1 401 Unauthorized\r\n",
	"refused without a reason":    "HTTP/1.1 503 \r\nDate",
	"redirected":                  "HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n\r\n",
	"no headers":                  switching + "\r\n",
	"upgraded to something else":  switching + "Upgrade: h2c\r\n\r\n",
	"a connection to be closed":   switching + "Connection: close\r\n\r\n",
	"without Upgrade":             switching + "Connection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n",
	"without Connection":          switching + "Upgrade: websocket\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n",
	"without proof":               upgrading + "\r\n",
	"with the proof of another":   upgrading + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
	"with half a proof":           upgrading + "Sec-WebSocket-Accept: s3pPLMBi\r\n\r\n",
	"a header that is none":       proven + "what\r\n\r\n",
	"a protocol not offered":      proven + "Sec-WebSocket-Protocol: mqtt\r\n\r\n",
	"an extension not offered":    proven + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
	"no extensions":               proven + "Sec-WebSocket-Extensions:\r\n\r\n",
	"an end in the status line":   "HTTP/1.1 101",
	"an end in the header":        upgrading,
	"a status line that is empty": "",
}

func TestAnUpgradeIsJudgedAsTheLibraryJudgesIt(t *testing.T) {
	u, err := url.Parse("ws://gateway.test:8080/relay?a=b")
	if err != nil {
		t.Fatal(err)
	}
	for name, answer := range upgradeAnswers {
		t.Run(name, func(t *testing.T) {
			theirs := &script{answer: answer}
			theirEarly, _, want := ws.Dialer{}.Upgrade(theirs, u)
			for piece, slow := range map[string]func(io.Reader) io.Reader{
				"at once": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader,
			} {
				ours := &script{answer: answer}
				var upgrade socket.Upgrade
				early, got := upgrade.Over(struct {
					io.Writer
					io.Reader
				}{ours, slow(readerOf(func(into []byte) (int, error) { return ours.Read(into) }))}, socket.UpgradeTo(u), "X-Mine: 1\r\n")
				if ended := errors.Is(want, io.EOF); ended && got != io.ErrUnexpectedEOF || !ended && got != want {
					t.Errorf("%s: error is %v, the library's %v", piece, got, want)
				}
				if piece == "at once" && theirEarly != nil {
					rest, _ := theirEarly.Peek(theirEarly.Buffered())
					if !bytes.Equal(early, rest) {
						t.Errorf("%q came early, the library has %q", early, rest)
					}
				}
				wantRequest(t, ours.request, theirs.request)
			}
		})
	}
}

// wantRequest wants a request that differs from the library's by its key and the header that was asked for.
func wantRequest(t *testing.T, got, want *http.Request) {
	t.Helper()
	if got.Header.Get("X-Mine") != "1" || len(got.Header.Get("Sec-WebSocket-Key")) != 24 {
		t.Errorf("headers are %v", got.Header)
	}
	if got.Header.Get("Sec-WebSocket-Key") == want.Header.Get("Sec-WebSocket-Key") {
		t.Error("the key is not drawn anew")
	}
	got.Header.Del("X-Mine")
	got.Header.Set("Sec-WebSocket-Key", want.Header.Get("Sec-WebSocket-Key"))
	var ours, theirs bytes.Buffer
	if got.Write(&ours) != nil || want.Write(&theirs) != nil || ours.String() != theirs.String() {
		t.Errorf("the request is %q, the library's %q", ours.String(), theirs.String())
	}
}

func TestAnAnswerWithoutEndIsNotKept(t *testing.T) {
	for name, flood := range map[string]string{"line": "x", "header": "X: y\r\n", "status": "HTTP/1.1 101"} {
		var upgrade socket.Upgrade
		upgrade.AppendRequest(nil, "", "")
		first := switching
		if name == "status" {
			first = ""
		}
		_, _, err := upgrade.Take([]byte(first), time.Now())
		taken := 0
		for piece := []byte(strings.Repeat(flood, 100)); err == nil && taken < 1<<20; taken += len(piece) {
			_, _, err = upgrade.Take(piece, time.Now())
		}
		if err == nil || !strings.Contains(err.Error(), "no end within 64 KiB") || taken > 65<<10 {
			t.Errorf("%s: error after %d bytes is %v", name, taken, err)
		}
	}
}

func TestTheClocksAreComparedByTheFirstDateOfAnAnswer(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for answer, want := range map[string]time.Duration{
		switching + "Date: Sun, 01 Mar 2026 12:00:10 GMT\r\nDate: Sun, 01 Mar 2026 13:00:10 GMT\r\n":   10 * time.Second,
		"HTTP/1.1 401 Unauthorized\r\nX: y\r\nno header\r\ndate:Sun, 01 Mar 2026 11:59:50 GMT\r\n\r\n": -10 * time.Second,
		"HTTP/1.1 401 Unauthorized\r\n\r\nDate: Sun, 01 Mar 2026 11:59:50 GMT\r\n\r\n":                 -time.Second / 2,
		switching + "Date: yesterday\r\n":                       -time.Second / 2,
		switching + "X-Date: Sun, 01 Mar 2026 12:00:10 GMT\r\n": -time.Second / 2,
		switching + "Date: Sun, 01 Mar 2026 12:00:10 GMT":       -time.Second / 2, // it may go on
	} {
		var upgrade socket.Upgrade
		_, _, _ = upgrade.Take([]byte(answer), now)
		if got := upgrade.Skew; got != want+time.Second/2 {
			t.Errorf("%q: the clock is ahead by %v, want %v", answer, got, want+time.Second/2)
		}
	}
}

// readerOf is a function as a reader.
type readerOf func([]byte) (int, error)

// Read implements io.Reader.
func (f readerOf) Read(into []byte) (int, error) { return f(into) }

func newBufio(data []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(data)) }
