package connector

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"hermod/connector/limit"
	"hermod/wire"
)

// transferTime bounds one upload or download, stallTime the wait for the next piece of an upload.
const transferTime, stallTime = 5 * time.Minute, 30 * time.Second

// swallowTime and maxSwallow bound what is read of an upload that is too large.
const swallowTime, maxSwallow = 30 * time.Second, 4 * wire.MaxMedia

// upload is the body of an upload that has its time, as long as it gets on.
type upload struct {
	io.Reader
	control *http.ResponseController
	end     time.Time
}

// Read implements io.Reader.
func (u *upload) Read(p []byte) (int, error) {
	next := time.Now().Add(stallTime)
	if u.end.Before(next) {
		next = u.end
	}
	_ = u.control.SetReadDeadline(next)
	return u.Reader.Read(p)
}

// StoreMedia keeps a file for a gateway ("" is the only one) for Config.MediaLife. The gateways of its tenant read it
// at MediaURL of the returned id. A platform uses it for files that an event refers to. ContentType and Filename of
// the description are kept. Errors: ErrMediaEmpty, ErrMediaTooLarge, ErrMediaBusy, those of Inject for the gateway's
// id, of reading and of the disk.
func (c *Connector) StoreMedia(gateway string, description Media, from io.Reader) (Media, error) {
	g, err := c.gateway(gateway)
	if err != nil {
		return Media{}, err
	}
	description.Gateway = g.id
	return c.media.put(description, from)
}

// OpenMedia returns a file that a gateway uploaded, or the platform stored; the caller closes it. The
// error is ErrNoMedia: it never existed, or was removed for newer ones.
func (c *Connector) OpenMedia(id string) (Media, io.ReadSeekCloser, error) {
	item, file, err := c.media.open(id)
	if err != nil {
		return Media{}, nil, err
	}
	return item, file, nil
}

// MediaURL is the URL at which a gateway on this machine reads a file.
func (c *Connector) MediaURL(id string) string {
	base, _ := wire.BaseURL(c.URL())
	return base + wire.MediaPath + "/" + id
}

// takeMedia serves POST /relay/media.
func (c *Connector) takeMedia(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodPost) {
		return
	}
	id, err := c.caller(r)
	if err == nil {
		var item Media
		if item, err = c.receive(w, r, id); err == nil {
			writeJSON(w, http.StatusOK, map[string]any{"id": item.ID, "size": item.Size})
			return
		}
	}
	c.refuse(w, r, err)
}

// receive stores a request's body.
func (c *Connector) receive(w http.ResponseWriter, r *http.Request, gateway string) (Media, error) {
	limit.Trust(r)
	if r.ContentLength > wire.MaxMedia {
		c.swallow(w, r)
		return Media{}, ErrMediaTooLarge
	}
	contentType := r.Header.Get("Content-Type")
	if _, _, err := mime.ParseMediaType(contentType); err != nil {
		contentType = "application/octet-stream"
	}
	item, err := c.StoreMedia(gateway, Media{ContentType: contentType, Filename: filenameOf(r)}, &upload{
		Reader:  http.MaxBytesReader(w, r.Body, wire.MaxMedia),
		control: http.NewResponseController(w), end: time.Now().Add(transferTime),
	})
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || errors.Is(err, ErrMediaTooLarge) {
		c.swallow(w, r)
		return Media{}, ErrMediaTooLarge
	}
	return item, err
}

// swallow reads what is left of an upload that is too large, within bounds: most clients read the answer only when they
// have sent everything, and hanging up on them would destroy it. Those that ask first are told without it.
func (c *Connector) swallow(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Expect") != "" && r.ContentLength > 0 {
		return
	}
	left := &upload{Reader: r.Body, control: http.NewResponseController(w), end: time.Now().Add(swallowTime)}
	_, _ = io.CopyN(io.Discard, left, maxSwallow)
}

// filenameOf returns the name of an upload, without folders.
func filenameOf(r *http.Request) string {
	name := strings.ToValidUTF8(r.Header.Get(wire.MediaFilenameHeader), "_")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	if len(name) > 255 {
		name = strings.ToValidUTF8(name[:255], "")
	}
	return name
}

// giveMedia serves GET /relay/media/{id}.
func (c *Connector) giveMedia(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodHead && !allow(w, r, http.MethodGet) {
		return
	}
	gateway, err := c.caller(r)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	c.serveMedia(w, r, gateway)
}

// serveMedia writes a file; gateway "" may read any, others those of their tenant.
func (c *Connector) serveMedia(w http.ResponseWriter, r *http.Request, gateway string) {
	item, file, err := c.media.open(r.PathValue("id"))
	if err == nil {
		defer func() { _ = file.Close() }()
		if gateway != "" && !c.accounts.shareTenant(gateway, item.Gateway) {
			err = ErrNoMedia
		}
	}
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(transferTime))
	w.Header().Set("Content-Type", item.ContentType)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": item.Filename}))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "private, no-store")
	http.ServeContent(w, r, "", item.Stored, file)
}

// storeForDev serves POST /dev/media?gateway=ID.
func (c *Connector) storeForDev(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodPost) {
		return
	}
	item, err := c.receive(w, r, r.URL.Query().Get("gateway"))
	if err != nil {
		writeFailure(w, fmt.Errorf("storing media: %w", err))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"id": item.ID, "url": c.MediaURL(item.ID), "size": item.Size})
}
