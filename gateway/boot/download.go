package boot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"hermod/wire"
)

// Download is a file on its way. Read it to its end and Close it; reading fails with ErrMediaTooLarge beyond
// wire.MaxMedia bytes, and with ErrMediaEmpty if there is nothing. It belongs to one goroutine at a time.
type Download struct {
	// ContentType is the server's, or empty.
	ContentType string
	// Filename is the server's, without folders, or empty.
	Filename string
	// Size is the length in bytes, -1 where the server does not tell.
	Size int64

	body   io.Reader
	close  func() error
	cancel context.CancelFunc
	read   bool
}

// Read implements io.Reader.
func (d *Download) Read(p []byte) (int, error) {
	n, err := d.body.Read(p)
	d.read = d.read || n > 0
	if errors.Is(err, io.EOF) && !d.read {
		return n, ErrMediaEmpty
	}
	return n, err
}

// Close ends the transfer and releases its connection.
func (d *Download) Close() error {
	defer d.cancel()
	return d.close()
}

// Download opens a file that an event refers to. A URL of the connector (Owns) is asked for with the gateway's bearer,
// any other one, a platform's public link say, without. It trusts the connector not to name addresses that the gateway
// must not reach; where that is too much, give Config.Transport a dialler that refuses them. Errors: ErrMediaURL,
// ErrMediaTooLarge, *RefusedError, *StatusError (try again later), and those of the network.
func (m *MediaClient) Download(ctx context.Context, ref string) (*Download, error) {
	const doing = "download a file"
	ctx, cancel := m.deadline(ctx)
	download, err := m.open(ctx, doing, ref)
	if err != nil {
		cancel()
		return nil, err
	}
	download.cancel = cancel
	return download, nil
}

func (m *MediaClient) open(ctx context.Context, doing, ref string) (*Download, error) {
	u, err := parseMediaURL(ref)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, ErrMediaURL)
	}
	bearer := m.bearer()
	if m.Owns(ref) && bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer.Reveal())
	}
	request.Header.Set("User-Agent", userAgent)
	response, err := m.client.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, withoutURL(err))
	}
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, wire.MaxBody))
		_ = response.Body.Close()
		return nil, m.refusal(doing, response.StatusCode, body, bearer)
	}
	if response.ContentLength > wire.MaxMedia {
		_ = response.Body.Close()
		return nil, fmt.Errorf("%s: %w", doing, ErrMediaTooLarge)
	}
	_, params, _ := mime.ParseMediaType(response.Header.Get("Content-Disposition"))
	return &Download{
		ContentType: response.Header.Get("Content-Type"), Filename: filename(params["filename"]), Size: response.ContentLength,
		body: &boundedReader{from: response.Body, left: wire.MaxMedia}, close: response.Body.Close,
	}, nil
}
