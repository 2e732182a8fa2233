package connector_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/connector"
	"hermod/gateway/boot"
	"hermod/wire"
)

func now() time.Time { return time.Now() }

func store(t *testing.T, c *connector.Connector, content string) connector.Media {
	t.Helper()
	item, err := c.StoreMedia("", connector.Media{}, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return item
}

func TestOldestMediaMakeRoom(t *testing.T) {
	c := start(t, connector.Config{MaxMediaBytes: 10})
	first, second := store(t, c, "12345"), store(t, c, "12345")
	third := store(t, c, "1")
	if _, _, err := c.OpenMedia(first.ID); !errors.Is(err, connector.ErrNoMedia) {
		t.Fatalf("the oldest is still there: %v", err)
	}
	for _, kept := range []connector.Media{second, third} {
		_, file, err := c.OpenMedia(kept.ID)
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
	}
	if _, err := c.StoreMedia("", connector.Media{}, strings.NewReader("12345678901")); !errors.Is(err, connector.ErrMediaTooLarge) {
		t.Fatalf("more than the bound was stored: %v", err)
	}
	if _, err := c.StoreMedia("", connector.Media{}, strings.NewReader("")); !errors.Is(err, connector.ErrMediaEmpty) {
		t.Fatalf("nothing was stored: %v", err)
	}
}

func TestMediaBelongToTheGatewaysOfOneTenant(t *testing.T) {
	cfg := withGateways()
	cfg.Tenants = map[string][]wire.Secret{"acme": {"a"}, "other": {"o"}}
	c := start(t, cfg)
	media := make(map[string]*boot.MediaClient)
	for _, id := range []string{"g1", "g2"} { // of the operator
		media[id] = bootClient(t, c, id, "none").Media(wire.Credentials{GatewayID: id, Secret: cfg.Gateways[id][0]})
	}
	for id, identity := range map[string]wire.Secret{"a1": "a", "a2": "a", "o1": "o"} {
		client := bootClient(t, c, id, identity)
		done, err := client.Provision(t.Context(), wire.Credentials{GatewayID: id}, wire.Registration{Platform: "discord"})
		if err != nil {
			t.Fatal(err)
		}
		media[id] = client.Media(done.Credentials)
	}
	for owner, readers := range map[string]string{"a1": "a1 a2", "o1": "o1", "g1": "g1 g2"} {
		ref, err := media[owner].Upload(t.Context(), boot.Upload{Body: strings.NewReader("mine")})
		if err != nil {
			t.Fatal(err)
		}
		for id, client := range media {
			d, err := client.Download(t.Context(), ref)
			var refused *boot.RefusedError
			switch may := strings.Contains(readers, id); {
			case may && err != nil, !may && (!errors.As(err, &refused) || refused.Status != 404):
				t.Errorf("%s reads a file of %s: %v", id, owner, err)
			case may:
				_ = d.Close()
			}
		}
	}
}

func TestUploadBeyondTheBoundIsRefused(t *testing.T) {
	c := start(t, connector.Config{})
	for name, length := range map[string]int64{"announced": wire.MaxMedia + 1, "not announced": -1} {
		body := bytes.NewReader(bytes.Repeat([]byte("x"), wire.MaxMedia+1))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+c.Addr()+wire.MediaPath, io.NopCloser(body))
		if err != nil {
			t.Fatal(err)
		}
		request.ContentLength, request.Close = length, true
		request.Header.Set("Expect", "100-continue")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_ = response.Body.Close()
		if response.StatusCode != 413 {
			t.Errorf("%s: answered %d", name, response.StatusCode)
		}
	}
}

func TestAnUploadIsAnsweredWithItsSize(t *testing.T) {
	c := start(t, connector.Config{})
	status, body := request(t, c, http.MethodPost, wire.MediaPath, "12345", nil)
	if id, err := wire.DecodeMediaID([]byte(body)); status != 200 || err != nil || body != `{"id":"`+id+`","size":5}` {
		t.Errorf("answered %d %s", status, body)
	}
}

func TestMediaExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := connector.Config{Listener: listenInMemory(), DataDir: t.TempDir()}
		c := start(t, cfg)
		item := store(t, c, "12345")
		time.Sleep(59 * time.Minute)
		if _, file, err := c.OpenMedia(item.ID); err != nil {
			t.Fatal(err)
		} else {
			_ = file.Close()
		}
		time.Sleep(time.Minute)
		if _, _, err := c.OpenMedia(item.ID); !errors.Is(err, connector.ErrNoMedia) {
			t.Errorf("after an hour: %v", err)
		}
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		if left, err := os.ReadDir(filepath.Join(cfg.DataDir, "media")); err != nil || len(left) > 0 {
			t.Errorf("the disk still has %v, %v", left, err)
		}
	})
}

func TestAClientThatSendsEverythingFirstReadsThatItWasTooMuch(t *testing.T) {
	const size = wire.MaxMedia + 8<<20
	for name, header := range map[string]string{
		"announced": fmt.Sprintf("Content-Length: %d\r\n\r\n", size), "not announced": "Transfer-Encoding: chunked\r\n\r\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, connector.Config{Listener: listenInMemory()})
			conn, err := dialAny(t.Context(), "tcp", c.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: h\r\n%s", wire.MediaPath, header)
			piece, end := bytes.Repeat([]byte("x"), 1<<20), ""
			if name == "not announced" {
				piece, end = fmt.Appendf(nil, "%x\r\n%s\r\n", len(piece), piece), "0\r\n\r\n"
			}
			for range size >> 20 {
				time.Sleep(200 * time.Millisecond) // a slow line, in virtual time
				if err == nil {
					_, err = conn.Write(piece)
				}
			}
			if err == nil {
				_, err = io.WriteString(conn, end)
			}
			if err != nil {
				t.Fatalf("%s: sending: %v", name, err)
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || response.StatusCode != 413 {
				t.Errorf("%s: %v, %v", name, response, err)
			}
		})
	}
}
