package limit

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// handler keeps account of the requests that next serves.
func handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := r.Context().Value(connKey{}).(*conn)
		if len(r.TransferEncoding) > 0 {
			// A Content-Length beside it was taken out already: where the request ends, somebody between may see otherwise.
			w.Header().Set("Connection", "close")
		}
		defer c.answered()
		if r.ContentLength == 0 {
			c.answering()
			next.ServeHTTP(w, r)
			return
		}
		control := http.NewResponseController(w)
		_ = control.EnableFullDuplex() // the answer does not wait for the rest of the body
		watched := &body{ReadCloser: r.Body, conn: c}
		r = r.WithContext(r.Context()) // the server keeps its own view of the body
		r.Body = watched
		next.ServeHTTP(w, r)
		if !watched.ended && !c.released.Load() {
			_ = control.Flush()
			watched.drain()
		}
	})
}

// Trust says that the request may take its time: its connection keeps its place although the body is still to come. It
// is for clients that have proved who they are, whose handler bounds the body by a deadline of its own.
func Trust(r *http.Request) {
	if c, ok := r.Context().Value(connKey{}).(*conn); ok {
		c.answering()
	}
}

// body notices when a request is complete.
type body struct {
	io.ReadCloser
	conn  *conn
	ended bool
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) && !b.ended {
		b.ended = true
		b.conn.answering()
	}
	return n, err
}

// drain reads what the handler did not, or ends the connection: what follows would be taken for the next request. It
// hangs up only after the client had time to read the answer, which a reset would destroy on its way.
func (b *body) drain() {
	_ = b.conn.SetReadDeadline(time.Now().Add(drainTime))
	if _, _ = io.CopyN(io.Discard, b, maxDrain); b.ended {
		return
	}
	_ = b.conn.CloseWrite()
	_, _ = io.Copy(io.Discard, b.conn.Conn)
	_ = b.conn.Conn.Close()
}
