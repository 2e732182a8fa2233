package boot

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"hermod/wire"
)

// maxFilename bounds the name of a file in bytes.
const maxFilename = 255

// Upload is a file for the connector.
type Upload struct {
	// Body is read to its end once, and not closed.
	Body io.Reader
	// Size is the length of Body in bytes, 0 where it is not known.
	Size int64
	// ContentType is guessed by the Filename when empty.
	ContentType string
	// Filename is told to the connector without its folders, at most 255 bytes of it. May be empty.
	Filename string
}

// Upload sends a file of at most wire.MaxMedia bytes and returns the URL by which an action refers to it ("source_url"
// of send_media). It is tried once, since Body can be read once. Without a secret it is sent without a bearer, for
// connectors that do not authenticate. Errors: ErrMediaEmpty, ErrMediaTooLarge, *RefusedError, *StatusError (try again
// later), *wire.BodyError, and those of the network and of Body.
func (m *MediaClient) Upload(ctx context.Context, u Upload) (string, error) {
	const doing = "upload a file"
	if u.Size > wire.MaxMedia {
		return "", fmt.Errorf("%s: %w", doing, ErrMediaTooLarge)
	}
	body := bufio.NewReader(u.Body)
	if _, err := body.Peek(1); errors.Is(err, io.EOF) {
		return "", fmt.Errorf("%s: %w", doing, ErrMediaEmpty)
	} else if err != nil {
		return "", fmt.Errorf("%s: reading it: %w", doing, err)
	}
	ctx, cancel := m.deadline(ctx)
	defer cancel()
	bearer := m.bearer()
	request, err := m.uploadRequest(ctx, u, body, bearer)
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	response, err := m.client.http.Do(request)
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, withoutURL(err))
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, wire.MaxBody))
	if err != nil {
		return "", fmt.Errorf("%s: reading the answer: %w", doing, err)
	}
	if response.StatusCode/100 != 2 {
		return "", m.refusal(doing, response.StatusCode, answer, bearer)
	}
	id, err := wire.DecodeMediaID(answer)
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	return m.base.String() + url.PathEscape(id), nil
}

func (m *MediaClient) uploadRequest(
	ctx context.Context, u Upload, body io.Reader, bearer wire.Secret,
) (*http.Request, error) {
	target := strings.TrimSuffix(m.base.String(), "/")
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target,
		&boundedReader{from: body, left: wire.MaxMedia})
	if err != nil {
		return nil, withoutURL(err)
	}
	if u.Size > 0 {
		request.ContentLength = u.Size
	}
	name := filename(u.Filename)
	contentType := u.ContentType
	if contentType == "" {
		contentType = mime.TypeByExtension(path.Ext(name))
	}
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Expect", "100-continue") // so that a refusal costs no transfer
	if name != "" {
		request.Header.Set(wire.MediaFilenameHeader, name)
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer.Reveal())
	}
	return request, nil
}

// filename is a name without folders and without what no header may hold.
func filename(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	for len(name) > maxFilename {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return strings.TrimSpace(name)
}

// boundedReader fails with ErrMediaTooLarge when there is more than what is left.
type boundedReader struct {
	from io.Reader
	left int64
}

func (r *boundedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > r.left+1 {
		p = p[:r.left+1]
	}
	n, err := r.from.Read(p)
	if int64(n) > r.left {
		n, err = int(r.left), ErrMediaTooLarge
	}
	r.left -= int64(n)
	return n, err
}
