package connector_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
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

func TestMediaBelongToOneGateway(t *testing.T) {
	c := start(t, withGateways())
	credentials := func(id string) wire.Credentials {
		return wire.Credentials{GatewayID: id, Secret: withGateways().Gateways[id][0]}
	}
	client := bootClient(t, c, "g1", "none")
	ref, err := client.Media(credentials("g1")).Upload(t.Context(), boot.Upload{Body: strings.NewReader("mine")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Media(credentials("g2")).Download(t.Context(), ref)
	var refused *boot.RefusedError
	if !errors.As(err, &refused) || refused.Status != 404 {
		t.Fatalf("another gateway's file: %v", err)
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
